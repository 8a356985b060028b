import type { Direction } from '../../../src/protocol/run.ts';
import { foldedBelow, type Measure } from '../../shared/measure.ts';

export interface RankedPartner {
  readonly token: number;
  readonly weight: number;
  /** Position relative to the token whose list it is; negative is earlier. */
  readonly distance: number;
}

export interface Ranking {
  /** Strongest first; among equals the nearer one first. */
  readonly shown: readonly RankedPartner[];
  /** Partners that were folded away because their weight is below `smallest`. */
  readonly folded: number;
  readonly smallest: number;
}

/** Half-open range of the tokens that a token can have as partners. */
export function partnerRange(
  token: number,
  tokens: number,
  direction: Direction,
  causal: boolean,
): { readonly start: number; readonly end: number } {
  if (!causal) return { start: 0, end: tokens };
  return direction === 'looksAt' ? { start: 0, end: token + 1 } : { start: token, end: tokens };
}

/**
 * The same for a sentence. The first token of a causal text can attend only to itself, with all of its attention: of its
 * column that says nothing.
 */
export function toldPartners(
  token: number,
  tokens: number,
  direction: Direction,
  causal: boolean,
): { readonly start: number; readonly end: number } {
  const isForced = causal && direction === 'lookedAtBy' && token === 0 && tokens > 1;
  return isForced ? { start: 1, end: tokens } : partnerRange(token, tokens, direction, causal);
}

/** Ranks the partners of `token` by the values of its row or its column, [tokens]. */
export function rankPartners(
  weights: Float32Array,
  token: number,
  range: { readonly start: number; readonly end: number },
  measure: Measure,
): Ranking {
  const smallest = foldedBelow(
    measure,
    weights.subarray(range.start, range.end).reduce((a, b) => Math.max(a, b), 0),
  );
  const shown: RankedPartner[] = [];
  for (let partner = range.start; partner < range.end; partner++) {
    const weight = weights[partner]!;
    if (weight >= smallest && weight > 0) shown.push({ token: partner, weight, distance: partner - token });
  }
  shown.sort((a, b) => b.weight - a.weight || Math.abs(a.distance) - Math.abs(b.distance));
  return { shown, folded: range.end - range.start - shown.length, smallest };
}

/** The partner with the largest weight; the first token, when it is set apart, only if there is no other. */
export function strongestOf({ shown }: Pick<Ranking, 'shown'>, firstApart: boolean): number | undefined {
  return (shown.find((partner) => !firstApart || partner.token !== 0) ?? shown[0])?.token;
}

/** 1 for the strongest of the range. */
export function rankOf(
  weights: Float32Array,
  partner: number,
  range: { readonly start: number; readonly end: number },
): number {
  const own = weights[partner]!;
  let rank = 1;
  for (let other = range.start; other < range.end; other++) if (weights[other]! > own) rank++;
  return rank;
}
