import { multiplyAccumulates } from '../../attention/costs.ts';
import { sliceOf } from '../../attention/slice.ts';
import { PiecewiseAttention } from '../../attention/source.ts';
import { blockWithin } from '../../protocol/cells.ts';
import type { Work } from '../../protocol/generation.ts';
import type { HeadCombination, Slice } from '../../protocol/run.ts';
import type { PassResult } from '../runtime/pass.ts';
import { costShape, type GeneratingModel } from './generatingModel.ts';

/** Runs a whole text through the model in one pass, with every position visible and nothing kept. */
async function uncached(
  model: GeneratingModel,
  ids: readonly number[],
  wanted: { readonly weights: readonly number[] } | { readonly wantsLogits: true },
): Promise<PassResult> {
  return model.run({
    ids,
    positions: [...ids.keys()],
    past: model.emptyPast,
    pastLength: 0,
    ...wanted,
  });
}

/** The next token's logits [vocabulary], from scratch, and what they cost. */
export async function recompute(model: GeneratingModel, ids: readonly number[]) {
  const began = performance.now();
  const result = await uncached(model, ids, { wantsLogits: true });
  const logits = result.logits(ids.length - 1);
  const milliseconds = performance.now() - began;
  const length = ids.length;
  const operations = multiplyAccumulates(costShape(model), length, length);
  const work: Work = { positions: length, keys: length, cells: length * length, operations, milliseconds };
  return { logits, work };
}

/** The whole matrix of some heads, joined by maximum into at most `resolution` cells a side. */
export async function triangle(
  model: GeneratingModel,
  ids: readonly number[],
  selection: HeadCombination,
  resolution: number,
): Promise<Slice> {
  const { layers, queryHeads } = model.cacheShape;
  if (selection.kind === 'head' && selection.layer >= layers)
    throw new RangeError(`There is no layer ${selection.layer}.`);
  // Of one head, only its layer is copied out of the runtime.
  const wanted = selection.kind === 'head' ? [selection.layer] : Array.from({ length: layers }, (_, layer) => layer);
  const result = await uncached(model, ids, { weights: wanted });
  const heads = selection.kind === 'head' ? { ...selection, layer: 0 } : selection;
  const whole = { start: 0, end: ids.length };
  const block = blockWithin(ids.length, resolution);
  return sliceOf(
    new PiecewiseAttention(
      [{ rows: { start: 0, end: ids.length }, keys: ids.length, layers: wanted.map(result.weights) }],
      queryHeads,
    ),
    {
      heads,
      rows: whole,
      columns: whole,
      block: { rows: block, columns: block },
      pooling: 'max',
    },
  );
}
