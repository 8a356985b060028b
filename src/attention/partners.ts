import type { HeadId } from '../protocol/model.ts';
import type {
  HeadCombination,
  HeadPartner,
  Partner,
  Partners,
  PartnersRequest,
  TokenPartners,
  TokenRange,
} from '../protocol/run.ts';
import { combinedRegion } from './combine.ts';
import { allHeads, type AttentionSource } from './source.ts';

/** Heads, and the source in which they are read. */
export interface ChosenHeads {
  readonly source: AttentionSource;
  readonly heads: HeadCombination;
}

/**
 * The strongest partners of one token, as a query (its row) and as a key (its column).
 *
 * @param all what the lists of all heads are read from
 */
export function partnersOf(
  chosen: ChosenHeads,
  all: AttentionSource,
  { token, count }: Pick<PartnersRequest, 'token' | 'count'>,
): TokenPartners {
  if (token < 0 || token >= all.tokens) {
    throw new RangeError(`There is no token ${token}: the text has ${all.tokens}.`);
  }
  const whole: TokenRange = { start: 0, end: all.tokens };
  const itself: TokenRange = { start: token, end: token + 1 };
  const partnersIn = (rows: TokenRange, columns: TokenRange): Partners => ({
    selected: strongest(combinedRegion(chosen.source, chosen.heads, rows, columns), count),
    overall: strongest(combinedRegion(all, { kind: 'mean', heads: 'all' }, rows, columns), count),
    byHead: allHeads(all)
      .flatMap((head) => strongestOfHead(head, all.region(head, rows, columns)))
      .sort((a, b) => b.weight - a.weight)
      .slice(0, count),
  });
  return { looksAt: partnersIn(itself, whole), lookedAtBy: partnersIn(whole, itself) };
}

/** The `count` largest weights above zero, largest first; among equals the earlier token first. */
export function strongest(weights: Float32Array, count: number): readonly Partner[] {
  const partners: Partner[] = [];
  weights.forEach((weight, token) => {
    if (weight > 0) partners.push({ token, weight });
  });
  return partners.sort((a, b) => b.weight - a.weight).slice(0, count);
}

function strongestOfHead(head: HeadId, weights: Float32Array): readonly HeadPartner[] {
  return strongest(weights, 1).map((partner) => ({ ...head, ...partner }));
}
