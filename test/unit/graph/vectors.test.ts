import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { emptyCache } from '../../../src/model/runtime/cacheForm.ts';
import type { Tensors } from '../../../src/model/runtime/kvCache.ts';
import { GraphSession } from '../../../src/model/runtime/graphSession.ts';
import { readModelConfig } from '../../../src/model/folder/modelFolder.ts';
import { inspectGraph } from '../../../src/model/graph/graphReport.ts';
import { findGraphFile } from '../../../src/model/folder/modelFiles.ts';
import { openGraph } from '../../../src/model/graph/openGraph.ts';
import { type TappedModel, tapModel } from '../../../src/model/graph/tapModel.ts';
import { readSafetensors } from '../safetensors.ts';

interface Reference {
  readonly tolerance: number;
  readonly tensors: string;
  readonly decoder: boolean;
  readonly heads: number;
  readonly texts: readonly { readonly input_ids: readonly number[] }[];
}

const vectors = path.resolve('test/vectors');
const spelledOut = {
  bert: 'fp32',
  'bert-eager': 'fp32',
  'bert-q8': 'int8',
  distilbert: 'fp32',
  'gemma2-eager': 'fp32',
  gemma3: 'fp32',
  'gpt-neox': 'fp32',
  gpt2: 'fp32',
  'gpt2-eager': 'fp32',
  'gpt2-external': 'fp32',
  'gpt2-fp16': 'fp16',
  'gpt2-q8': 'int8',
  llama: 'fp32',
  'llama-fp16': 'fp16',
  qwen3: 'fp32',
  roberta: 'fp32',
};

describe.each(Object.entries(spelledOut))('%s', (name, storage) => {
  test.each(['attention', 'logits'] as const)('weights are those of the reference, keeping %s', async (keep) => {
    const modelFolder = path.join(vectors, name);
    const reference = JSON.parse(await readFile(path.join(modelFolder, 'reference.json'), 'utf8')) as Reference;
    const expected = await readSafetensors(path.join(modelFolder, reference.tensors));
    const tapped = await tapModel(modelFolder, keep);
    expect(tapped.storage).toBe(storage);
    const run = await load(modelFolder, tapped);
    for (const [index, { input_ids: ids }] of reference.texts.entries()) {
      const outputs = await run(ids);
      expect(Object.keys(outputs).includes('logits')).toBe(keep === 'logits' && reference.decoder);
      for (const [layer, output] of tapped.attentionOutputs.entries()) {
        const weights = outputs[output];
        const truth = expected.get(`text${index}.attention.${layer}`);
        expect(weights?.dims).toEqual([1, reference.heads, ids.length, ids.length]);
        expect(truth?.shape).toEqual(weights?.dims.slice(1));
        const data = weights?.data as Float32Array;
        expect(largestDifference(data, truth?.data ?? new Float32Array())).toBeLessThanOrEqual(reference.tolerance);
        expect(largestRowSumError(data, ids.length)).toBeLessThanOrEqual(reference.tolerance);
        if (reference.decoder) expect(largestFutureWeight(data, ids.length)).toBe(0);
      }
    }
  });
});

test.each(['gpt2', 'llama', 'qwen3', 'gemma3', 'gpt-neox'])(
  '%s gives the same weights piece by piece',
  async (name) => {
    const modelFolder = path.join(vectors, name);
    const reference = JSON.parse(await readFile(path.join(modelFolder, 'reference.json'), 'utf8')) as Reference;
    const expected = await readSafetensors(path.join(modelFolder, reference.tensors));
    const tapped = await tapModel(modelFolder, 'attention');
    const run = await load(modelFolder, tapped);
    const ids = reference.texts[0]!.input_ids;
    const first = await run(ids.slice(0, 20));
    const cache = Object.entries(first).filter(([output]) => output.startsWith('present.'));
    const past = cache.map(([output, tensor]) => [output.replace('present', 'past_key_values'), tensor] as const);
    const second = await run(ids.slice(20), Object.fromEntries(past), 20);
    for (const [layer, output] of tapped.attentionOutputs.entries()) {
      const weights = second[output];
      expect(weights?.dims).toEqual([1, reference.heads, ids.length - 20, ids.length]);
      const whole = expected.get(`text0.attention.${layer}`)!.data;
      const rows = Array.from({ length: reference.heads }, (_, head) => {
        return [...whole.subarray((head * ids.length + 20) * ids.length, (head + 1) * ids.length ** 2)];
      });
      expect(largestDifference(weights?.data as Float32Array, Float32Array.from(rows.flat()))).toBeLessThanOrEqual(
        1e-4,
      );
    }
  },
);

test.each([
  ['bert-attention', 'unsupportedForm', 'com.microsoft.Attention'],
  ['bert-mha', 'unsupportedForm', 'com.microsoft.MultiHeadAttention'],
  ['llama-gqa', 'unsupportedForm', 'com.microsoft.GroupQueryAttention'],
  ['t5', 'unsupportedForm', 'decoder'],
  ['linear-attention', 'noAttention', 'MatMul'],
  ['router', 'noAttention', 'Softmax'],
  ['unigram', 'modelFolder', 'unigram'],
])('%s is refused: %s', async (name, code, named) => {
  const modelFolder = path.join(vectors, name);
  await expect(tapModel(modelFolder, 'attention')).rejects.toMatchObject({
    failure: { code, message: expect.stringContaining(named) as string },
  });
});

test('the report says where the weights of each layer were found', async () => {
  const file = await findGraphFile(path.join(vectors, 'gpt2-eager'));
  const report = await openGraph(file, (_, index) => inspectGraph(index));
  expect(report).toMatchObject({ uniform: true, storage: 'fp32', compute: 'fp32', causal: true, fused: [] });
  expect(report.layers.map(({ layer, operator, form }) => ({ layer, operator, form }))).toMatchInlineSnapshot(`
    [
      {
        "form": [
          "MatMul",
          "Div",
          "Cast",
          "Where",
          "Add",
          "Softmax",
          "Cast",
          "MatMul",
        ],
        "layer": 0,
        "operator": "Softmax",
      },
      {
        "form": [
          "MatMul",
          "Div",
          "Cast",
          "Where",
          "Add",
          "Softmax",
          "Cast",
          "MatMul",
        ],
        "layer": 1,
        "operator": "Softmax",
      },
    ]
  `);
});

async function load(modelFolder: string, { sidecar }: TappedModel) {
  const session = await GraphSession.openModel(sidecar, 1, path.basename(modelFolder));
  const none = emptyCache(session, await readModelConfig(modelFolder));
  return (ids: readonly number[], past: Tensors = none, pastLength = 0): Promise<Tensors> => {
    const positions = ids.map((_, index) => pastLength + index);
    return session.run({ ...session.textFeeds({ ids, positions, pastLength }), ...past });
  };
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  return a.reduce((largest, value, index) => Math.max(largest, Math.abs(value - (b[index] ?? NaN))), 0);
}

function largestRowSumError(weights: Float32Array, columns: number): number {
  let largest = 0;
  for (let row = 0; row < weights.length; row += columns) {
    const sum = weights.subarray(row, row + columns).reduce((total, weight) => total + weight, 0);
    largest = Math.max(largest, Math.abs(sum - 1));
  }
  return largest;
}

function largestFutureWeight(weights: Float32Array, tokens: number): number {
  return weights.reduce((largest, weight, index) => {
    const key = index % tokens;
    const query = Math.floor(index / tokens) % tokens;
    return key > query ? Math.max(largest, Math.abs(weight)) : largest;
  }, 0);
}
