import { Tensor } from 'onnxruntime-node';
import { expect, test } from 'vitest';
import { emptyCache } from '../../../src/model/runtime/cacheForm.ts';
import { numbersOf } from '../../../src/model/runtime/halfPrecision.ts';
import { GraphSession } from '../../../src/model/runtime/graphSession.ts';
import { readModelConfig } from '../../../src/model/folder/modelFolder.ts';
import { tapForInspection, tapModel } from '../../../src/model/graph/tapModel.ts';
import { folderOf, referenceOf } from '../generate/support.ts';

const open = new Tensor('float32', [1], [1, 1, 1, 1]);
const closed = new Tensor('float32', [0], [1, 1, 1, 1]);

test.each([
  'gpt2',
  'llama',
  'qwen3',
  'gemma3',
  'gemma2-eager',
  'gpt-neox',
  'gpt2-fp16',
  'llama-fp16',
  'gpt2-q8',
  'default',
])('%s: with all gates open the logits are the same, bit by bit; with one closed they are not', async (model) => {
  const modelFolder = folderOf(model);
  const { sidecar } = await tapModel(modelFolder, 'logits');
  const untouched = await GraphSession.openModel(sidecar, 1, model);
  const graph = await tapForInspection(modelFolder);
  const gated = await GraphSession.openModel(graph.sidecar, 1, model);
  const ids = model === 'default' ? [0, 5, 9, 200, 31, 5, 9] : referenceOf(model).texts[0].input_ids;
  const feeds = {
    ...untouched.textFeeds({ ids, positions: [...ids.keys()], pastLength: 0 }),
    ...emptyCache(untouched, await readModelConfig(modelFolder)),
  };
  const logits = async (session: GraphSession, gates: Record<string, Tensor>) =>
    numbersOf((await session.run({ ...feeds, ...gates }, ['logits']))['logits']!);
  const gates = Object.fromEntries(graph.gates.map((gate) => [gate, open]));
  const expected = await logits(untouched, {});
  expect(await logits(gated, gates)).toEqual(expected);
  expect(await logits(gated, { ...gates, [graph.gates[0]!]: closed })).not.toEqual(expected);
  await untouched.release();
  await gated.release();
});
