import type { TokenRange } from '../protocol/run.ts';

/** The token has no other partner than itself. */
interface OnlyItself {
  readonly kind: 'onlyItself';
}

/** One partner holds the largest part, or comes next. `distance` is its position relative to the token. */
interface Outstanding<Kind extends 'strongest' | 'second'> {
  readonly kind: Kind;
  readonly partner: number;
  readonly weight: number;
  readonly distance: number;
}

/** A fact about weights that sum to 1, from their numbers alone; the view puts it in words. */
export type RowStatement =
  | OnlyItself
  | Outstanding<'strongest'>
  | Outstanding<'second'>
  /** Most of the row is on the first token, which is not just the token before: it may serve as a sink. */
  | { readonly kind: 'sink'; readonly weight: number }
  /** Almost every partner gets the same. */
  | { readonly kind: 'even'; readonly count: number }
  /** No partner stands out. `effective` is 2 to the power of the entropy: as many equal weights have that entropy. */
  | {
      readonly kind: 'spread';
      readonly effective: number;
      readonly count: number;
      readonly partner: number;
      readonly weight: number;
    };

/** A fact about weights of which each is a share of something else, from their numbers alone. */
export type PeakStatement =
  | OnlyItself
  | Outstanding<'strongest'>
  /** `count` of `of` partners have at least `weight`. */
  | { readonly kind: 'many'; readonly count: number; readonly of: number; readonly weight: number }
  /** No partner has more than `weight`, which is little. */
  | { readonly kind: 'faint'; readonly weight: number };

/** A fact about value-weighted norms, which are no shares, from their numbers alone. */
export type NormStatement =
  | OnlyItself
  /** The largest norm; it is `times` the next one. */
  | {
      readonly kind: 'largest';
      readonly partner: number;
      readonly norm: number;
      readonly distance: number;
      readonly times: number;
    }
  /** All norms are about the same. */
  | { readonly kind: 'level'; readonly count: number }
  /** The largest weight is on a token whose norm is only the `rank`th of `of`. */
  | {
      readonly kind: 'weightElsewhere';
      readonly partner: number;
      readonly weight: number;
      readonly rank: number;
      readonly of: number;
    };

/** From these shares on a weight is worth a sentence. */
export const NOTABLE = {
  sink: 0.5,
  strongest: 0.3,
  besideSink: 0.05,
  second: 0.1,
  even: 0.9,
  received: 0.1,
  faint: 0.05,
};

/**
 * Facts about weights that sum to 1 over the partners: a row of one head, or of the mean over heads.
 *
 * @param weights [tokens]; only those inside of `partners` are read
 * @param partners the tokens that `token` can attend to
 * @returns one or two statements, the main one first
 */
export function rowStatements(weights: Float32Array, token: number, partners: TokenRange): readonly RowStatement[] {
  const count = partners.end - partners.start;
  if (count === 1) return [{ kind: 'onlyItself' }];
  const ranked = ranking(weights, token, partners);
  const sink = partners.start === 0 && token > 1 ? weights[0]! : 0;
  if (sink >= NOTABLE.sink) {
    const rest = ranked.find((partner) => partner !== 0 && weights[partner]! >= NOTABLE.besideSink);
    const statement: RowStatement = { kind: 'sink', weight: sink };
    return rest === undefined ? [statement] : [statement, about('second', weights, token, rest)];
  }
  const [best, next] = ranked as [number, number];
  if (weights[best]! >= NOTABLE.strongest) return strongestOf(weights, token, best, next);
  const effective = 2 ** entropyBits(weights, partners);
  if (effective >= NOTABLE.even * count) return [{ kind: 'even', count }];
  return [{ kind: 'spread', effective, count, partner: best, weight: weights[best]! }];
}

/**
 * Facts about weights that need not sum to 1: a column, or a maximum over heads.
 *
 * @param weights [tokens]; only those inside of `partners` are read
 * @param partners the tokens that can be partners of `token`
 * @returns one or two statements, the main one first
 */
export function peakStatements(weights: Float32Array, token: number, partners: TokenRange): readonly PeakStatement[] {
  const count = partners.end - partners.start;
  if (count === 1) return [{ kind: 'onlyItself' }];
  const [best] = ranking(weights, token, partners) as [number];
  if (weights[best]! < NOTABLE.faint) return [{ kind: 'faint', weight: weights[best]! }];
  const strongest = about('strongest', weights, token, best);
  const given = weights.subarray(partners.start, partners.end).filter((weight) => weight >= NOTABLE.received).length;
  return given > 1 ? [strongest, { kind: 'many', count: given, of: count, weight: NOTABLE.received }] : [strongest];
}

/**
 * Facts about value-weighted norms: a row, or a column.
 *
 * @param norms [tokens]; only those inside of `partners` are read
 * @param weights [tokens], the attention weights of the same cells; `undefined`: nothing is said of them
 * @returns one or two statements, the main one first
 */
export function normStatements(
  norms: Float32Array,
  weights: Float32Array | undefined,
  token: number,
  partners: TokenRange,
): readonly NormStatement[] {
  const count = partners.end - partners.start;
  if (count === 1) return [{ kind: 'onlyItself' }];
  const ranked = ranking(norms, token, partners);
  const [best, next] = ranked as [number, number];
  const heaviest = weights && ranking(weights, token, partners)[0]!;
  const elsewhere: readonly NormStatement[] =
    weights === undefined || heaviest === undefined || norms[heaviest]! >= norms[best]!
      ? []
      : [
          {
            kind: 'weightElsewhere',
            partner: heaviest,
            weight: weights[heaviest]!,
            rank: ranked.indexOf(heaviest) + 1,
            of: count,
          },
        ];
  if (norms[ranked.at(-1)!]! >= NOTABLE.even * norms[best]!) return [{ kind: 'level', count }, ...elsewhere];
  const largest = { kind: 'largest', partner: best, norm: norms[best]!, distance: best - token } as const;
  return [{ ...largest, times: norms[best]! / norms[next]! }, ...elsewhere];
}

/** Shannon entropy −Σ p log₂ p of the weights inside of the range, normalised by their sum, in bits. */
export function entropyBits(weights: Float32Array | Float64Array, { start, end }: TokenRange): number {
  let sum = 0;
  for (let token = start; token < end; token++) sum += weights[token]!;
  let bits = 0;
  for (let token = start; token < end; token++) {
    const share = weights[token]! / sum;
    if (share > 0) bits -= share * Math.log2(share);
  }
  return bits;
}

function strongestOf(weights: Float32Array, token: number, best: number, next: number): readonly RowStatement[] {
  const strongest = about('strongest', weights, token, best);
  return weights[next]! >= NOTABLE.second ? [strongest, about('second', weights, token, next)] : [strongest];
}

function about<Kind extends 'strongest' | 'second'>(
  kind: Kind,
  weights: Float32Array,
  token: number,
  partner: number,
): Outstanding<Kind> {
  return { kind, partner, weight: weights[partner]!, distance: partner - token };
}

/** The tokens of a range, strongest first; among equals the nearer one, then the earlier. */
function ranking(weights: Float32Array, token: number, range: TokenRange): readonly number[] {
  return Array.from({ length: range.end - range.start }, (_, index) => range.start + index).sort(
    (a, b) => weights[b]! - weights[a]! || Math.abs(a - token) - Math.abs(b - token),
  );
}
