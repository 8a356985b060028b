import { allHeads, type AttentionSource } from './source.ts';

/** Random tokens, repeated once, perhaps between special tokens. */
export interface RepeatedTokens {
  readonly ids: readonly number[];
  /** Where the first of the random tokens stands. */
  readonly start: number;
  /** How many there are before they are repeated, L. */
  readonly length: number;
}

/** For each head what it does on such tokens, each [layers, heads], between 0 and 1. */
export interface RoleScores {
  readonly previousToken: Float32Array;
  readonly duplicateToken: Float32Array;
  readonly induction: Float32Array;
  readonly firstToken: Float32Array;
}

/**
 * Scores of every head on repeated random tokens:
 *
 * - previous token: mean over the queries i ≥ 1 of A[i, i − 1]
 * - duplicate token: Σ A·D / Σ A, D[i, j] = 1 where j is an earlier token equal to i (head detector of TransformerLens,
 *   error measure «mul»); as only queries of the repetition have one, about ½ at most
 * - induction: mean over the queries q of the repetition of A[q, q − (L − 1)], the token behind the earlier equal one
 * - first token: mean over all queries of A[i, 0]
 *
 * @param source attention of the tokens, [layers, heads, tokens, tokens].
 */
export function roleScores(source: AttentionSource, { ids, start, length }: RepeatedTokens): RoleScores {
  const heads = allHeads(source);
  const scores = newScores(heads.length);
  const tokens = ids.length;
  const whole = { start: 0, end: tokens };
  const repetition = { start: start + length, end: start + 2 * length };
  heads.forEach((head, index) => {
    const weights = source.region(head, whole, whole);
    const at = (query: number, key: number): number => weights[query * tokens + key]!;
    let onDuplicates = 0;
    let onAll = 0;
    for (let query = 0; query < tokens; query++) {
      for (let key = 0; key < tokens; key++) {
        onAll += at(query, key);
        if (key < query && ids[key] === ids[query]) onDuplicates += at(query, key);
      }
    }
    scores.duplicateToken[index] = onDuplicates / onAll;
    scores.previousToken[index] = mean({ start: 1, end: tokens }, (query) => at(query, query - 1));
    scores.induction[index] = mean(repetition, (query) => at(query, query - (length - 1)));
    scores.firstToken[index] = mean(whole, (query) => at(query, 0));
  });
  return scores;
}

/** The mean of the scores on several samples, head by head. */
export function meanScores(samples: readonly RoleScores[]): RoleScores {
  const means = newScores(samples[0]?.previousToken.length ?? 0);
  for (const name of Object.keys(means) as (keyof RoleScores)[]) {
    means[name].forEach((_, head) => {
      means[name][head] = mean({ start: 0, end: samples.length }, (sample) => samples[sample]![name][head]!);
    });
  }
  return means;
}

function newScores(heads: number): RoleScores {
  return {
    previousToken: new Float32Array(heads),
    duplicateToken: new Float32Array(heads),
    induction: new Float32Array(heads),
    firstToken: new Float32Array(heads),
  };
}

function mean({ start, end }: { readonly start: number; readonly end: number }, of: (index: number) => number): number {
  let sum = 0;
  for (let index = start; index < end; index++) sum += of(index);
  return sum / (end - start);
}
