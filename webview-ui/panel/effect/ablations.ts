import type { Ablation } from '../../../src/protocol/inspection.ts';
import type { HeadGrid, HeadId } from '../../../src/protocol/model.ts';
import { headsOfLayer } from '../../shared/headSelection.ts';

/** What is taken away, one at a time: a token from this row in one head, in all heads, from everyone; or heads and layers. */
export type Scope = 'head' | 'row' | 'everyone' | 'heads';

/** Hides each of the first `keys` tokens. */
export function tokenAblations(scope: Exclude<Scope, 'heads'>, keys: number, head: HeadId): readonly Ablation[] {
  return Array.from({ length: keys }, (_, token) => ({
    kind: 'token',
    token,
    heads: scope === 'head' ? [{ layer: head.layer, head: head.head }] : 'all',
    hiddenFrom: scope === 'everyone' ? 'everyone' : 'query',
  }));
}

/** Switches off each head, layer by layer, then each whole layer: [layers, heads] and [layers]. */
export function headAblations(grid: HeadGrid): readonly Ablation[] {
  const whole = Array.from({ length: grid.layers }, (_, layer) => headsOfLayer(layer, grid));
  return [
    ...whole.flat().map((head): Ablation => ({ kind: 'heads', heads: [head] })),
    ...whole.map((all): Ablation => ({ kind: 'heads', heads: all })),
  ];
}
