import type { HeadId } from '../protocol/model.ts';
import type { HeadPartner, Partner, Partners, PartnersRequest, TokenPartners, TokenRange } from '../protocol/run.ts';
import { combinedRegion } from './combine.ts';
import { allHeads, type AttentionSource } from './source.ts';

/** The strongest partners of one token, as a query (its row) and as a key (its column). */
export function partnersOf(source: AttentionSource, request: Omit<PartnersRequest, 'run'>): TokenPartners {
  if (request.token < 0 || request.token >= source.tokens) {
    throw new RangeError(`There is no token ${request.token}: the text has ${source.tokens}.`);
  }
  const whole: TokenRange = { start: 0, end: source.tokens };
  const itself: TokenRange = { start: request.token, end: request.token + 1 };
  return {
    looksAt: partnersIn(source, request, itself, whole),
    lookedAtBy: partnersIn(source, request, whole, itself),
  };
}

function partnersIn(
  source: AttentionSource,
  { heads, count }: Omit<PartnersRequest, 'run'>,
  rows: TokenRange,
  columns: TokenRange,
): Partners {
  return {
    selected: strongest(combinedRegion(source, heads, rows, columns), count),
    overall: strongest(combinedRegion(source, { kind: 'mean', heads: 'all' }, rows, columns), count),
    byHead: allHeads(source)
      .flatMap((head) => strongestOfHead(head, source.region(head, rows, columns)))
      .sort((a, b) => b.weight - a.weight)
      .slice(0, count),
  };
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
