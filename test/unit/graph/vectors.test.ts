import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inspectGraph } from '../../../src/model/graph/graphReport.ts';
import { findGraphFile } from '../../../src/model/folder/modelFiles.ts';
import { openGraph } from '../../../src/model/graph/openGraph.ts';
import { readRuntimeGraph } from '../../../src/model/graph/runtimeGraph.ts';
import { wholeAttention } from '../../../src/model/runtime/wholeAttention.ts';
import { never } from '../generate/support.ts';
import { modelInMemory } from '../../support/modelInMemory.ts';
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

let cacheFolder: string;
beforeAll(async () => {
  cacheFolder = await mkdtemp(path.join(tmpdir(), 'explain-attention-graphs-'));
});
afterAll(() => rm(cacheFolder, { recursive: true, force: true }));

test.each(Object.entries(spelledOut))('%s: weights are those of the reference', async (name, storage) => {
  const modelFolder = path.join(vectors, name);
  const reference = JSON.parse(await readFile(path.join(modelFolder, 'reference.json'), 'utf8')) as Reference;
  const expected = await readSafetensors(path.join(modelFolder, reference.tensors));
  const model = await modelInMemory(modelFolder, cacheFolder);
  expect(model.description).toMatchObject({ storage, heads: reference.heads });
  expect(model.hasLogits).toBe(reference.decoder);
  for (const [index, { input_ids: ids }] of reference.texts.entries()) {
    const attention = await wholeAttention(model, ids, never, undefined, ids.length);
    const all = { start: 0, end: ids.length };
    for (let layer = 0; layer < attention.layers; layer++) {
      const truth = expected.get(`text${index}.attention.${layer}`)!;
      expect(truth.shape).toEqual([reference.heads, ids.length, ids.length]);
      const heads = Array.from({ length: reference.heads }, (_, head) => attention.region({ layer, head }, all, all));
      const data = Float32Array.from(heads.flatMap((weights) => [...weights]));
      expect(largestDifference(data, truth.data)).toBeLessThanOrEqual(reference.tolerance);
      expect(largestRowSumError(data, ids.length)).toBeLessThanOrEqual(reference.tolerance);
      if (reference.decoder) expect(largestFutureWeight(data, ids.length)).toBe(0);
    }
  }
  await model.dispose();
});

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
  await expect(readRuntimeGraph(modelFolder)).rejects.toMatchObject({
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
