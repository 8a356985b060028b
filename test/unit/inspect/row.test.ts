import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { RowSteps } from '../../../src/protocol/inspection.ts';
import { folderOf } from '../generate/support.ts';
import { readSafetensors } from '../safetensors.ts';
import { expectClose, rowsOf, useEngine, withReference } from './support.ts';

/** Every number of a row against PyTorch's own queries, keys, values and weights. */
const { engine, explain, explainReference } = useEngine();

interface Reference {
  readonly tensors: string;
  readonly heads: number;
  readonly kv_heads: number;
  readonly layers: number;
  readonly decoder: boolean;
  readonly scale: readonly number[];
  readonly softcap: readonly (number | null)[];
  readonly texts: readonly { readonly input_ids: readonly number[] }[];
}

test.each([...withReference, 'gpt2-eager', 'gpt2-external', 'bert-eager'])(
  '%s: a row is what PyTorch computes',
  async (model) => {
    const reference = JSON.parse(readFileSync(path.join(folderOf(model), 'reference.json'), 'utf8')) as Reference;
    const tensors = await readSafetensors(path.join(folderOf(model), reference.tensors));
    const { ask, summary } = await explainReference(model);
    const tokens = summary.tokens.length;
    for (const query of [tokens - 1, 0, 14]) {
      for (let layer = 0; layer < reference.layers; layer++) {
        for (let head = 0; head < reference.heads; head++) {
          const row = await ask({ kind: 'row', layer, head, query });
          const truth = (name: string) => tensors.get(`text0.${name}.${layer}`)!;
          const holder = Math.floor(head / (reference.heads / reference.kv_heads));
          const keys = reference.decoder ? query + 1 : tokens;
          expect([row.keys, row.keyValueHead, row.headSize]).toEqual([keys, holder, truth('query').shape[2]]);
          expectClose(row.queryVector, rowsOf(truth('query'), head, query, query + 1));
          expectClose(row.keyVectors, rowsOf(truth('key'), holder, 0, keys));
          expectClose(row.valueVectors, rowsOf(truth('value'), holder, 0, keys));
          expectClose(row.weights, rowsOf(truth('attention'), head, query, query + 1).subarray(0, keys));
          expect(row.scale).toBeCloseTo(reference.scale[layer]!, 6);
          expect(row.softcap ?? null).toBe(reference.softcap[layer]);
          expectClose(softmax(recomputedScores(row)), row.weights);
          expectClose(weighted(row), row.output);
        }
      }
    }
  },
);

/**
 * Without PyTorch's numbers: a row must be what its own vectors give. In half precision the graph rounds in between; in 8
 * bits it rounds queries, keys, weights and values themselves where their products are of integers (bert-q8).
 */
test.each([
  ['default', 1e-4, 1e-4],
  ['gpt2-fp16', 5e-3, 5e-3],
  ['llama-fp16', 5e-3, 5e-3],
  ['gpt2-q8', 1e-4, 1e-4],
  ['bert-q8', 0.05, 0.1],
] as const)('%s: a row is what its own vectors give', async (model, weightTolerance, outputTolerance) => {
  const text = 'The cat sat on the mat and looked at the dog. '.repeat(model === 'default' ? 20 : 2);
  const { ask, summary } = await explain(model, text);
  const { layers, heads, causal } = summary.model;
  const query = summary.tokens.length - 2;
  for (let layer = 0; layer < layers; layer++) {
    const row = await ask({ kind: 'row', layer, head: heads - 1, query });
    expect(row.keys).toBe(causal ? query + 1 : summary.tokens.length);
    expect(row.scale).toBeCloseTo(1 / Math.sqrt(row.headSize), 3);
    expectClose(softmax(recomputedScores(row)), row.weights, weightTolerance);
    expectClose(weighted(row), row.output, outputTolerance);
    const last = { start: query, end: query + 1 };
    const all = await engine().reader(summary.run, 'weight', new AbortController().signal);
    const request = { rows: last, columns: { start: 0, end: row.keys }, block: { rows: 1, columns: 1 } } as const;
    const head = { kind: 'head', layer, head: heads - 1 } as const;
    const run = await all.slice({ ...request, heads: head, pooling: 'max' }, new AbortController().signal);
    expectClose(row.weights, run.data, model.endsWith('-fp16') ? 5e-3 : 1e-4);
  }
});

/** cap(scale · q·k) + bias, from the vectors alone. */
function recomputedScores({ queryVector, keyVectors, scale, softcap, bias, headSize }: RowSteps): readonly number[] {
  return Array.from(bias, (added, key) => {
    let product = 0;
    for (let i = 0; i < headSize; i++) product += queryVector[i]! * keyVectors[key * headSize + i]!;
    const scaled = product * scale;
    return (softcap === undefined ? scaled : softcap * Math.tanh(scaled / softcap)) + added;
  });
}

function softmax(scores: readonly number[]): readonly number[] {
  const powers = scores.map((score) => Math.exp(score - Math.max(...scores)));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

function weighted({ weights, valueVectors, output }: RowSteps): Float64Array {
  const size = output.length;
  return Float64Array.from(output, (_, dimension) =>
    weights.reduce((sum, weight, key) => sum + weight * valueVectors[key * size + dimension]!, 0),
  );
}
