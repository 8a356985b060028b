import { InferenceSession, Tensor } from 'onnxruntime-node';
import path from 'node:path';
import { expect, test } from 'vitest';
import { numbersOf } from '../../../src/model/generation/halfPrecision.ts';
import { textFeeds } from '../../../src/model/graphSession.ts';
import { sessionOptions } from '../../../src/model/sessionOptions.ts';
import { tapForInspection, tapModel } from '../../../src/model/tap/tapModel.ts';
import { folderOf, referenceOf } from '../generation/support.ts';
import { useEngine } from './support.ts';

const { cacheFolder } = useEngine();

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
  const folders = { modelFolder: folderOf(model), cacheFolder: cacheFolder() };
  const plain = await tapModel({ ...folders, keep: 'logits' });
  const untouched = await opened(path.join(plain.folder, 'onnx', `${plain.fileName}.onnx`));
  const graph = await tapForInspection(folders);
  const gated = await opened(graph.file);
  const ids = model === 'default' ? [0, 5, 9, 200, 31, 5, 9] : referenceOf(model).texts[0].input_ids;
  const feeds = {
    ...textFeeds(new Set(untouched.inputNames), { ids, positions: [...ids.keys()], pastLength: 0 }),
    ...emptyPast(untouched),
  };
  const logits = async (session: InferenceSession, gates: Record<string, Tensor>) =>
    numbersOf((await session.run({ ...feeds, ...gates }, ['logits']))['logits']!);
  const gates = Object.fromEntries(graph.gates.map((gate) => [gate, open]));
  const expected = await logits(untouched, {});
  expect(await logits(gated, gates)).toEqual(expected);
  expect(await logits(gated, { ...gates, [graph.gates[0]!]: closed })).not.toEqual(expected);
  await untouched.release();
  await gated.release();
});

function opened(file: string): Promise<InferenceSession> {
  return InferenceSession.create(file, sessionOptions(1));
}

function emptyPast({ inputMetadata }: InferenceSession): Record<string, Tensor> {
  const past = inputMetadata.filter(({ name }) => name.startsWith('past_key_values'));
  return Object.fromEntries(
    past.map((input) => {
      if (!input.isTensor) throw new Error(`${input.name} is no tensor.`);
      const [, heads, , size] = input.shape;
      const data = input.type === 'float16' ? new Uint16Array() : new Float32Array();
      return [
        input.name,
        new Tensor(input.type as 'float32', data as Float32Array, [1, Number(heads), 0, Number(size)]),
      ];
    }),
  );
}
