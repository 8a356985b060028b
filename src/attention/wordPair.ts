import { type HeadRole, roleTraits } from '../protocol/headRole.ts';
import type { HeadId } from '../protocol/model.ts';
import type { TokenRange } from '../protocol/run.ts';

/** How much of a query's attention goes to one word, and to another one for comparison. Shares between 0 and 1. */
export interface PairMeasure {
  /** The head that puts most on the word; among equals the first. */
  readonly head: HeadId;
  readonly weight: number;
  /** On the other word in the same head. */
  readonly other: number;
  /** The mean over all heads, of both. */
  readonly mean: number;
  readonly meanOther: number;
}

/**
 * The attention of one query to a word, which is the sum over the word's tokens, in every head.
 *
 * @param rows the query's row in every head, layer by layer: [layers · heads][tokens]
 * @param heads heads of a layer
 */
export function measurePair(
  rows: readonly Float32Array[],
  heads: number,
  word: TokenRange,
  otherWord: TokenRange,
): PairMeasure {
  const onWord = rows.map((row) => sumIn(row, word));
  const onOther = rows.map((row) => sumIn(row, otherWord));
  const best = onWord.reduce((place, weight, at) => (weight > onWord[place]! ? at : place), 0);
  return {
    head: { layer: Math.floor(best / heads), head: best % heads },
    weight: onWord[best]!,
    other: onOther[best]!,
    mean: meanOf(onWord),
    meanOther: meanOf(onOther),
  };
}

/**
 * What the numbers of a pair allow to say.
 *
 * - `otherGetsMore`: even the best head puts at least as much on the other word
 * - `role`: the best head's role alone leads it to the word
 * - `meanAgrees`, `meanDisagrees`: whether the mean over all heads puts more on the word than on the other one, too
 */
export type PairVerdict = 'otherGetsMore' | 'role' | 'meanAgrees' | 'meanDisagrees';

export function pairVerdict(
  { weight, other, mean, meanOther }: PairMeasure,
  roles: readonly HeadRole[],
  query: number,
  word: TokenRange,
): PairVerdict {
  if (weight <= other) return 'otherGetsMore';
  if (roles.some((role) => roleTraits[role].leadsTo?.(query, word))) return 'role';
  return mean > meanOther ? 'meanAgrees' : 'meanDisagrees';
}

/** How much a query gives the first token: the mean over all heads, and how many heads give it more than half. */
export function measureSink(rows: readonly Float32Array[]): { readonly mean: number; readonly most: number } {
  const onFirst = rows.map((row) => row[0]!);
  return { mean: meanOf(onFirst), most: onFirst.filter((weight) => weight > 0.5).length };
}

function sumIn(row: Float32Array, { start, end }: TokenRange): number {
  return row.subarray(start, end).reduce((sum, weight) => sum + weight, 0);
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
