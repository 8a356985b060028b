import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Tensor } from 'onnxruntime-node';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { AddedNode } from '../../../src/model/onnx/addedNode.ts';
import type { GraphIndex } from '../../../src/model/onnx/graphIndex.ts';
import type { OnnxNode, OnnxValue } from '../../../src/model/onnx/onnxModel.ts';
import { weightsOf } from '../../../src/model/runtime/attentionWeights.ts';
import { findAttention } from '../../../src/model/graph/findAttention.ts';
import { requireFeedable } from '../../../src/model/graph/textInputs.ts';
import { ExplainError } from '../../../src/protocol/failure.ts';
import { changedModel, type GraphChanges } from '../../support/changedModel.ts';
import { folderOf } from '../generate/support.ts';
import { useEngine } from '../inspect/support.ts';

const { explain } = useEngine();

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'explain-attention-refused-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Changes what enters and what leaves each softmax. */
function aroundSoftmax(
  change: (scores: string, layer: number) => readonly AddedNode[],
  undo: (weights: string, layer: number) => readonly AddedNode[],
): (index: GraphIndex) => GraphChanges {
  return (index) => {
    const addedNodes: AddedNode[] = [];
    const rewired = new Map<OnnxNode, ReadonlyMap<string, string>>();
    findAttention(index).forEach(({ softmax }, layer) => {
      const [scores, weights] = [softmax.inputs[0]!, softmax.outputs[0]!];
      const [before, after] = [change(scores, layer), undo(weights, layer)];
      addedNodes.push(...before, ...after);
      rewired.set(softmax, new Map([[scores, before.at(-1)!.output]]));
      for (const taker of index.consumersOf(weights)) rewired.set(taker, new Map([[weights, after.at(-1)!.output]]));
    });
    const integers = { zero: [0], last: [-1], axis: [3], column: [0, 0, 0, 0, 0, 0, 0, 1] };
    const addedIntegers = Object.entries(integers).map(([name, values]) => ({ name: `form.${name}`, values }));
    return { addedNodes, rewired, addedIntegers };
  };
}

const node = (operator: string, inputs: readonly string[], output: string, attributes = {}): AddedNode => ({
  ...{ operator, inputs, output, attributes },
});
const withoutLast = (weights: string, layer: number): readonly AddedNode[] => [
  node('Slice', [weights, 'form.zero', 'form.last', 'form.axis'], `form.${layer}.kept`),
];

test.each([
  [
    'Concat',
    (scores: string, layer: number): readonly AddedNode[] => [
      node('Gather', [scores, 'form.zero'], `form.${layer}.sink`, { axis: 3 }),
      node('Concat', [scores, `form.${layer}.sink`], `form.${layer}.scores`, { axis: -1 }),
    ],
  ],
  [
    'Pad',
    (scores: string, layer: number): readonly AddedNode[] => [
      node('Pad', [scores, 'form.column'], `form.${layer}.scores`),
    ],
  ],
])('sinks are named: %s before the softmax, Slice behind it', async (operator, change) => {
  const graph = aroundSoftmax(change, withoutLast);
  const model = await changedModel(folderOf('gpt2-eager'), path.join(folder, operator), { graph });
  await expect(explain(model, 'The cat sat')).rejects.toMatchObject({
    failure: { code: 'unsupportedForm', message: expect.stringMatching(new RegExp(`sinks.*${operator}`)) as string },
  });
});

test('heads behind queries in the softmax: the form is named', async () => {
  const swapped =
    (name: string) =>
    (tensor: string, layer: number): readonly AddedNode[] => [
      node('Transpose', [tensor], `form.${layer}.${name}`, { perm: [0, 2, 1, 3] }),
    ];
  const graph = aroundSoftmax(swapped('scores'), swapped('weights'));
  const model = await changedModel(folderOf('gpt2-eager'), path.join(folder, 'swapped'), { graph });
  await expect(explain(model, 'The cat')).rejects.toMatchObject({
    failure: { code: 'unsupportedForm', message: expect.stringContaining('[heads, queries, keys]') as string },
  });
});

test('heads behind queries, as in GPT-BigCode: the form is named', () => {
  const ofToken = new Tensor('float32', new Float32Array(4), [1, 1, 4, 1]);
  expect(() => weightsOf(ofToken, 4, 1, 1)).toThrow('[1, 1, 4, 1] for 1 queries and 1 keys');
  const ofText = new Tensor('float32', new Float32Array(3 * 4 * 3), [1, 3, 4, 3]);
  expect(() => weightsOf(ofText, 4, 3, 3)).toThrow(ExplainError);
});

test('what fails in the runtime is said in our words, without any number of the text', async () => {
  const model = path.join(folder, 'mismatched');
  await cp(folderOf('gpt2'), model, { recursive: true });
  // Its tokenizer knows 60 tokens more than the model.
  await cp(path.join(folderOf('llama'), 'tokenizer.json'), path.join(model, 'tokenizer.json'));
  const written = vi.spyOn(console, 'error');
  const failure = (await explain(model, 'zebra xylophone Ünïcode; äöü 日本').catch((error: unknown) => error)) as Error;
  expect(failure.cause).toBeUndefined();
  expect(failure).toMatchObject({
    failure: {
      code: 'modelFile',
      message: expect.stringMatching(/over \d+ tokens: its operator Gather \(\S+wte\S+\) fails\.$/) as string,
    },
  });
  expect(written).not.toHaveBeenCalled();
});

const int64 = 7;
const ids = { name: 'input_ids', elementType: int64, shape: ['batch', 'length'] };
const mask = { name: 'attention_mask', elementType: int64, shape: [1, undefined] };
const key = { name: 'past_key_values.0.key', elementType: 1, shape: ['batch', 4, 'past', 8] };

test('ordinary inputs are taken', () => {
  const typed = [6, 1, 9].map((type) => ({ ...mask, elementType: type }));
  expect(() => requireInputs(ids, mask, key, ...typed, { ...ids, shape: undefined })).not.toThrow();
});

test.each([
  [{ ...ids, shape: [1, 16] }, '“input_ids” as [1, 16]'],
  [{ ...ids, shape: [2, 'length'] }, '“input_ids” as [2, length]'],
  [{ ...mask, shape: [1, 512] }, '“attention_mask” as [1, 512]'],
  [{ ...mask, shape: [1, 1, undefined, undefined] }, '“attention_mask” in the form [1, 1, ?, ?]'],
  [{ ...key, shape: [1, 4, 64, 8] }, '“past_key_values.0.key” as [1, 4, 64, 8]'],
  [{ ...key, shape: ['batch_heads', 8, 'past'] }, '“past_key_values.0.key” in the form [batch_heads, 8, past]'],
  [{ ...key, elementType: 3 }, '“past_key_values.0.key” as numbers of a type'],
  [{ ...ids, name: 'pixel_values' }, 'an input “pixel_values”, which is not known'],
])('a model is refused before it is loaded: %o', (input, named) => {
  expect(() => requireInputs(input)).toThrow(named);
});

function requireInputs(...inputs: readonly Omit<OnnxValue, 'range'>[]): void {
  requireFeedable(
    inputs.map((input) => ({ ...input, range: { start: 0, end: 0 } })),
    'the model',
  );
}
