import type { HeadPartner, Partner, Partners } from '../protocol/run.ts';
import { allHeads } from './source.ts';

/** A row or a column of a text's matrices. */
export interface Line {
  readonly layers: number;
  readonly heads: number;
  /** In the chosen heads: [tokens]. */
  readonly chosen: Float32Array;
  /** In every head: [layers, heads, tokens]. */
  readonly all: Float32Array;
}

/** The strongest partners along a line, `count` of each kind at most. */
export function partnersIn({ layers, heads, chosen, all }: Line, count: number): Partners {
  const tokens = chosen.length;
  const mean = new Float32Array(tokens);
  for (let place = 0; place < all.length; place++) mean[place % tokens]! += all[place]!;
  const share = 1 / (layers * heads);
  for (let token = 0; token < tokens; token++) mean[token]! *= share;
  return {
    selected: strongest(chosen, count),
    overall: strongest(mean, count),
    byHead: allHeads({ layers, heads })
      .flatMap((head, place): readonly HeadPartner[] => {
        const line = all.subarray(place * tokens, (place + 1) * tokens);
        return strongest(line, 1).map((partner) => ({ ...head, ...partner }));
      })
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
