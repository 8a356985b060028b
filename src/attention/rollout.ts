import type { TokenRange } from '../protocol/run.ts';
import { combinedRegion } from './combine.ts';
import { allHeads, type AttentionSource } from './source.ts';

/** Attention rolled out through the layers up to and including `layer`. */
export interface Rollout {
  readonly layer: number;
  readonly tokens: number;
  /** [tokens, tokens], row-major: row i says of which tokens of the text position i is mixed. Rows sum to 1. */
  readonly matrix: Float32Array;
}

/** Queries whose rows are computed in one go: a few milliseconds for a thousand tokens. */
const BLOCK = 16;

/**
 * Attention rollout, R_l = rownorm(mean_h A_l + I) · R_{l−1} with R_{−1} = I (Abnar & Zuidema 2020). I stands for the
 * residual connection. It takes all heads of a layer to mix equally and leaves values and MLPs out.
 *
 * Yields between blocks of rows, so that whoever drives it can stop, or do something else in between. Zeros at the end
 * of a row cost nothing: a causal model costs a sixth of a bidirectional one.
 *
 * @param before a rollout of the same source to go on from, if it ends before `layer`
 * @throws RangeError when there is no such layer
 */
export function* rolloutThrough(
  source: AttentionSource,
  layer: number,
  before?: Rollout,
): Generator<undefined, Rollout, undefined> {
  if (layer < 0 || layer >= source.layers) throw new RangeError(`There is no layer ${layer}.`);
  const { tokens } = source;
  let done = before !== undefined && before.layer <= layer ? before : identity(tokens);
  while (done.layer < layer) {
    const next = { layer: done.layer + 1, tokens, matrix: new Float32Array(tokens * tokens) };
    const widths = widthsOf(done);
    for (let start = 0; start < tokens; start += BLOCK) {
      mixRows(source, { start, end: Math.min(start + BLOCK, tokens) }, done, widths, next);
      yield;
    }
    done = next;
  }
  return done;
}

/** Multiply-accumulates of a rollout through all layers. */
export function rolloutWork({ layers, tokens }: Pick<AttentionSource, 'layers' | 'tokens'>, causal: boolean): number {
  return (layers * tokens ** 3) / (causal ? 6 : 1);
}

/** What has been rolled out through no layer: every token is itself. */
function identity(tokens: number): Rollout {
  const matrix = new Float32Array(tokens * tokens);
  for (let token = 0; token < tokens; token++) matrix[token * (tokens + 1)] = 1;
  return { layer: -1, tokens, matrix };
}

/**
 * Fills some rows of `next`, from all rows of the layer before.
 *
 * @param widths how many numbers each row before begins with; after them there are only zeros
 */
function mixRows(source: AttentionSource, rows: TokenRange, before: Rollout, widths: Int32Array, next: Rollout): void {
  const { tokens } = source;
  const heads = allHeads({ layers: 1, heads: source.heads }).map(({ head }) => ({ layer: next.layer, head }));
  const means = combinedRegion(source, { kind: 'mean', heads }, rows, { start: 0, end: tokens });
  for (let query = rows.start; query < rows.end; query++) {
    const shares = Float64Array.from(means.subarray((query - rows.start) * tokens, (query - rows.start + 1) * tokens));
    shares[query]! += 1;
    const total = shares.reduce((sum, share) => sum + share, 0);
    for (let key = 0; key < tokens; key++) shares[key]! /= total;
    next.matrix.set(mixed(shares, before.matrix, widths), query * tokens);
  }
}

/** Σ_k shares[k] · rows[k], in double precision; four rows at a time, which is twice as fast as one by one. */
function mixed(shares: Float64Array, rows: Float32Array, widths: Int32Array): Float64Array {
  const tokens = shares.length;
  const sums = new Float64Array(tokens);
  const last = shares.findLastIndex((share) => share !== 0);
  let key = 0;
  for (; key + 3 <= last; key += 4) {
    const [a, b, c, d] = [shares[key]!, shares[key + 1]!, shares[key + 2]!, shares[key + 3]!];
    const width = Math.max(widths[key]!, widths[key + 1]!, widths[key + 2]!, widths[key + 3]!);
    const [first, second] = [key * tokens, (key + 1) * tokens];
    const [third, fourth] = [(key + 2) * tokens, (key + 3) * tokens];
    for (let token = 0; token < width; token++) {
      sums[token]! +=
        a * rows[first + token]! + b * rows[second + token]! + c * rows[third + token]! + d * rows[fourth + token]!;
    }
  }
  for (; key <= last; key++) {
    const [share, width, start] = [shares[key]!, widths[key]!, key * tokens];
    for (let token = 0; token < width; token++) sums[token]! += share * rows[start + token]!;
  }
  return sums;
}

/** For each row the place after its last number that is not 0. */
function widthsOf({ matrix, tokens }: Rollout): Int32Array {
  return Int32Array.from({ length: tokens }, (_, query) => {
    const row = matrix.subarray(query * tokens, (query + 1) * tokens);
    return row.findLastIndex((share) => share !== 0) + 1;
  });
}
