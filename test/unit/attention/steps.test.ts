import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { entropyBits } from '../../../src/attention/statements.ts';
import {
  dimensionProducts,
  headsSharing,
  outputShares,
  recomputeRow,
  scaleKind,
  softmax,
  unscaledWeights,
  vectorOf,
  weightedValueNorms,
} from '../../../src/attention/steps.ts';
import type { RowSteps } from '../../../src/protocol/inspection.ts';
import { readSafetensors } from '../safetensors.ts';

interface Reference {
  readonly tensors: string;
  readonly decoder: boolean;
  readonly heads: number;
  readonly kv_heads: number;
  readonly head_size: number;
  readonly scale: readonly number[];
  readonly window: readonly (number | null)[];
  readonly softcap: readonly (number | null)[];
}

/** What NumPy computes for a row: `stepsReference.py` made the file. */
interface ExpectedRow {
  readonly model: string;
  readonly layer: number;
  readonly head: number;
  readonly query: number;
  readonly products: readonly number[];
  readonly weights: readonly number[];
  readonly unscaled: readonly number[];
  readonly entropy: number;
  readonly unscaledEntropy: number;
  readonly output: readonly number[];
  readonly norms: readonly number[];
  readonly shares: readonly number[];
}

const file = new URL('stepsReference.json', import.meta.url);
const rows = JSON.parse(await readFile(file, 'utf8')) as readonly ExpectedRow[];

/** A row as the engine would give it, made of PyTorch's tensors; scores and output are the reference's own. */
async function rowSteps({ model, layer, head, query, output }: ExpectedRow): Promise<RowSteps> {
  const folder = path.resolve('test/vectors', model);
  const reference = JSON.parse(await readFile(path.join(folder, 'reference.json'), 'utf8')) as Reference;
  const tensors = await readSafetensors(path.join(folder, reference.tensors));
  const { head_size: headSize } = reference;
  const matrix = (name: string, index: number): Float32Array => {
    const { data, shape } = tensors.get(`text0.${name}.${layer}`)!;
    const size = shape[1]! * shape[2]!;
    return data.slice(index * size, (index + 1) * size);
  };
  const attention = matrix('attention', head);
  const tokens = Math.sqrt(attention.length);
  const keys = reference.decoder ? query + 1 : tokens;
  const keyValueHead = Math.floor((head * reference.kv_heads) / reference.heads);
  const [window, softcap] = [reference.window[layer], reference.softcap[layer] ?? undefined];
  const bias = Float32Array.from({ length: keys }, (_, key) => (window && key <= query - window ? -Infinity : 0));
  const [scale, queries] = [reference.scale[layer]!, matrix('query', head)];
  const [keyVectors, valueVectors] = ['key', 'value'].map((name) =>
    matrix(name, keyValueHead).slice(0, keys * headSize),
  );
  const queryVector = queries.slice(query * headSize, (query + 1) * headSize);
  const products = Array.from({ length: keys }, (_, key) =>
    vectorOf(keyVectors!, key, headSize).reduce((sum, value, place) => sum + value * queryVector[place]!, 0),
  );
  return {
    keyValueHead,
    headSize,
    keys,
    queryVector,
    keyVectors: keyVectors!,
    valueVectors: valueVectors!,
    scale,
    softcap,
    bias,
    scores: Float32Array.from(products, (product, key) => {
      const scaled = product * scale;
      return (softcap === undefined ? scaled : softcap * Math.tanh(scaled / softcap)) + bias[key]!;
    }),
    weights: attention.slice(query * tokens, query * tokens + keys),
    output: Float32Array.from(output),
    valueWeightedNorms: undefined,
  };
}

describe.each(rows)('a row of $model', (expected) => {
  it('is what PyTorch computed: scores, weights and output', async () => {
    const { products, differences } = recomputeRow(await rowSteps(expected));
    expect(largestDifference(products, expected.products)).toBeLessThan(1e-9);
    expect(differences.scores).toBeLessThan(1e-5);
    expect(differences.weights).toBeLessThan(1e-6);
    expect(differences.output).toBeLessThan(1e-5);
  });

  it('has the products of every dimension', async () => {
    const row = await rowSteps(expected);
    for (let key = 0; key < row.keys; key++) {
      const sum = dimensionProducts(row, key).reduce((total, product) => total + product, 0);
      expect(sum).toBeCloseTo(expected.products[key]!, 9);
    }
  });

  it('without scaling is what NumPy computes', async () => {
    const row = await rowSteps(expected);
    const { products, weights } = recomputeRow(row);
    const unscaled = unscaledWeights(row, products);
    expect(largestDifference(unscaled, expected.unscaled)).toBeLessThan(1e-9);
    const all = { start: 0, end: row.keys };
    expect(entropyBits(unscaled, all)).toBeCloseTo(expected.unscaledEntropy, 9);
    expect(entropyBits(weights, all)).toBeCloseTo(expected.entropy, 9);
    expect(entropyBits(unscaled, all)).toBeLessThan(entropyBits(weights, all));
  });

  it('is made by its tokens in the parts that NumPy computes', async () => {
    const row = await rowSteps(expected);
    const recomputed = recomputeRow(row);
    const shares = outputShares(recomputed, row.valueVectors);
    expect(largestDifference(shares, expected.shares)).toBeLessThan(1e-9);
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
    expect(largestDifference(weightedValueNorms(recomputed.weights, row.valueVectors), expected.norms)).toBeLessThan(
      1e-9,
    );
  });

  it('tells when the model has other numbers', async () => {
    const row = await rowSteps(expected);
    const [weights, scores, output] = [row.weights.slice(), row.scores.slice(), row.output.slice()];
    weights[weights.length - 1]! += 0.01;
    scores[scores.length - 1]! -= 0.5;
    output[0]! += 2;
    const { differences } = recomputeRow({ ...row, weights, scores, output });
    expect(differences.weights).toBeCloseTo(0.01, 5);
    expect(differences.scores).toBeCloseTo(0.5, 5);
    expect(differences.output).toBeCloseTo(2, 4);
  });
});

describe('softmax', () => {
  it('holds where e to the scores would not', () => {
    expect([...softmax(Float64Array.of(1000, 1000, -Infinity))]).toEqual([0.5, 0.5, 0]);
    expect([...softmax(Float64Array.of(-1000, -1000))]).toEqual([0.5, 0.5]);
  });

  it('of a row without any key is 0', () => {
    expect([...softmax(Float64Array.of(-Infinity, -Infinity))]).toEqual([0, 0]);
  });

  it('hides no NaN', () => {
    expect([...softmax(Float64Array.of(NaN, 0))].every(Number.isNaN)).toBe(true);
  });
});

it.each([
  [{ heads: 8, keyValueHeads: 2 }, 1, { first: 4, last: 7 }],
  [{ heads: 4, keyValueHeads: 4 }, 2, { first: 2, last: 2 }],
  [{ heads: 4, keyValueHeads: 1 }, 0, { first: 0, last: 3 }],
])('of %j, head %d is read by %j', (model, keyValueHead, shared) =>
  expect(headsSharing(keyValueHead, model)).toEqual(shared),
);

function largestDifference(found: Float64Array, expected: readonly number[]): number {
  expect(found.length).toBe(expected.length);
  return found.reduce((largest, value, index) => Math.max(largest, Math.abs(value - expected[index]!)), 0);
}

describe('the scale of a row', () => {
  it.each([
    [1, 64, 'none'],
    [1, 1, 'none'],
    [0.125, 64, 'root'],
    [0.12505, 64, 'root'],
    [0.126, 64, 'down'],
    [1.5, 64, 'up'],
  ])('%d at a head size of %i: %s', (scale, headSize, kind) => {
    expect(scaleKind({ scale, headSize })).toBe(kind);
  });
});
