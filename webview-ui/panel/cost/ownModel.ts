import { LOADING, type Loaded } from '../../shared/loaded.ts';
import type { CostedModel } from './growth.ts';
import type { RowPanel } from './rowView.ts';

/** The model that was run, with what only its graph tells: the size of a head and of its matrices. */
export function ownModel({ store, explained, shown }: RowPanel): Loaded<CostedModel> {
  const matrices = store.numbers.value?.linearWeights() ?? LOADING;
  if (matrices.kind !== 'ready') return matrices;
  if (shown.kind !== 'ready') return shown;
  const { name, layers, heads, keyValueHeads, causal, compute } = explained.summary.model;
  const { headSize } = shown.value.row;
  const { linearWeights } = matrices.value;
  const shape = { layers, queryHeads: heads, keyValueHeads, headSize, linearWeights };
  const bytes = compute === 'fp16' || compute === 'bf16' ? 2 : 4;
  return { kind: 'ready', value: { name, source: undefined, ...shape, bytes, causal } };
}
