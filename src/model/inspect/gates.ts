import { Tensor } from 'onnxruntime-node';
import { firstChanged } from '../../attention/ablation.ts';
import type { Ablation } from '../../protocol/inspection.ts';
import type { ModelDescription } from '../../protocol/model.ts';
import type { TokenRange } from '../../protocol/run.ts';
import { openGate } from './inspectedModel.ts';
import type { Gating } from './inspectedText.ts';

/**
 * How an ablation multiplies the weights by 0, and the first position whose weights it changes.
 *
 * @param query the position whose prediction is looked at.
 */
export function gatingOf(
  ablation: Ablation,
  query: number,
  { layers, heads }: Pick<ModelDescription, 'layers' | 'heads'>,
): { readonly first: number; readonly gating: Gating } {
  const hidden = Array.from({ length: layers }, (_, layer) => hiddenHeads(ablation, layer, heads));
  const token = ablation.kind === 'token' ? ablation.token : undefined;
  const fromQuery = ablation.kind === 'token' && ablation.hiddenFrom === 'query';
  const affects = (row: number): boolean =>
    token === undefined || row === query || (!fromQuery && row > token && row <= query);
  const gating = (rows: TokenRange, keys: number): readonly Tensor[] => {
    const shared = new Map<string, Tensor>();
    return hidden.map((ofLayer) => {
      const isOpen = !ofLayer.includes(true) || (token !== undefined && token >= keys);
      if (isOpen) return openGate;
      const pattern = ofLayer.join();
      const gate = shared.get(pattern) ?? closedGate(ofLayer, affects, rows, token, keys);
      shared.set(pattern, gate);
      return gate;
    });
  };
  return { first: firstChanged(ablation, query), gating };
}

/** Which heads of a layer an ablation changes. */
function hiddenHeads({ heads: chosen }: Ablation, layer: number, heads: number): readonly boolean[] {
  return Array.from({ length: heads }, (_, head) => {
    return chosen === 'all' || chosen.some((id) => id.layer === layer && id.head === head);
  });
}

/** Ones, with 0 at the hidden cells; a dimension along which nothing changes has the size 1. */
function closedGate(
  hidden: readonly boolean[],
  affects: (row: number) => boolean,
  { start, end }: TokenRange,
  token: number | undefined,
  keys: number,
): Tensor {
  const heads = hidden.includes(false) ? hidden : [true];
  const affected = Array.from({ length: end - start }, (_, row) => affects(start + row));
  const rows = affected.includes(false) ? affected : [true];
  const columns = token === undefined ? 1 : keys;
  const data = new Float32Array(heads.length * rows.length * columns).fill(1);
  heads.forEach((isHidden, head) => {
    rows.forEach((isAffected, row) => {
      if (isHidden && isAffected) data[(head * rows.length + row) * columns + (token ?? 0)] = 0;
    });
  });
  return new Tensor('float32', data, [1, heads.length, rows.length, columns]);
}
