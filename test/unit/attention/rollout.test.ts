import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Rollout, rolloutThrough } from '../../../src/attention/rollout.ts';
import { type AttentionSource, PiecewiseAttention } from '../../../src/attention/source.ts';
import { readSafetensors } from '../safetensors.ts';

const vectors = path.resolve('test/vectors');

function sourceOf(layers: readonly Float32Array[], heads: number, tokens: number): AttentionSource {
  return new PiecewiseAttention([{ rows: { start: 0, end: tokens }, keys: tokens, layers }], heads);
}

function rolled(source: AttentionSource, layer: number, before?: Rollout): Rollout {
  const steps = rolloutThrough(source, layer, before);
  let step = steps.next();
  while (!step.done) step = steps.next();
  return step.value;
}

/** [heads, tokens, tokens] with rows that sum to 1; a causal one has nothing after its diagonal. */
function attention(heads: number, tokens: number, causal: boolean, random: () => number): Float32Array {
  const weights = new Float32Array(heads * tokens * tokens);
  for (let row = 0; row < heads * tokens; row++) {
    const keys = causal ? (row % tokens) + 1 : tokens;
    const raw = Array.from({ length: keys }, random);
    const sum = raw.reduce((total, value) => total + value, 0);
    weights.set(
      raw.map((value) => value / sum),
      row * tokens,
    );
  }
  return weights;
}

function identity(heads: number, tokens: number): Float32Array {
  return Float32Array.from({ length: heads * tokens * tokens }, (_, cell) =>
    Math.floor(cell / tokens) % tokens === cell % tokens ? 1 : 0,
  );
}

describe.each(['gpt2', 'gemma3', 'bert'])('the rollout of %s', async (model) => {
  const expected = await readSafetensors(path.join(vectors, 'rollout.safetensors'));
  const reference = await readSafetensors(path.join(vectors, model, 'reference.safetensors'));
  const names = [...reference.keys()].filter((name) => name.startsWith('text0.attention.'));
  const layers = names.map((_, layer) => reference.get(`text0.attention.${layer}`)!);
  const [heads, tokens] = layers[0]!.shape as [number, number];
  const source = sourceOf(
    layers.map(({ data }) => data),
    heads,
    tokens,
  );

  test('is that of NumPy in every layer', () => {
    layers.forEach((_, layer) => {
      const { data } = expected.get(`${model}.${layer}`)!;
      const { matrix } = rolled(source, layer);
      const error = matrix.reduce((worst, value, cell) => Math.max(worst, Math.abs(value - data[cell]!)), 0);
      expect(error).toBeLessThan(1e-6);
    });
  });

  test('is the same when it goes on from a layer before, and when it comes back from a later one', () => {
    const last = layers.length - 1;
    const whole = rolled(source, last);
    expect(rolled(source, last, rolled(source, 0))).toEqual(whole);
    expect(rolled(source, 0, whole)).toEqual(rolled(source, 0));
    expect(rolled(source, last, whole)).toBe(whole);
  });
});

test('of attention that every token keeps to itself is the identity', () => {
  const alone = identity(3, 20);
  expect(rolled(sourceOf([alone, alone], 3, 20), 1).matrix).toEqual(identity(1, 20));
});

test('has rows that sum to 1, and in a causal model nothing on later tokens', () => {
  const shape = fc.record({
    layers: fc.integer({ min: 1, max: 4 }),
    heads: fc.integer({ min: 1, max: 3 }),
    tokens: fc.integer({ min: 1, max: 40 }),
    causal: fc.boolean(),
    values: fc.infiniteStream(fc.double({ min: 0.01, max: 1, noNaN: true })),
  });
  fc.assert(
    fc.property(shape, ({ layers, heads, tokens, causal, values }) => {
      const random = (): number => values.next().value as number;
      const weights = Array.from({ length: layers }, () => attention(heads, tokens, causal, random));
      const { matrix } = rolled(sourceOf(weights, heads, tokens), layers - 1);
      for (let query = 0; query < tokens; query++) {
        const row = matrix.subarray(query * tokens, (query + 1) * tokens);
        expect(row.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 5);
        if (causal) expect(row.subarray(query + 1).every((share) => share === 0)).toBe(true);
        else expect(row.every((share) => share > 0)).toBe(true);
      }
    }),
    { numRuns: 40 },
  );
});

test('of a layer that is not there is refused', () => {
  const source = sourceOf([identity(1, 2)], 1, 2);
  expect(() => rolled(source, 1)).toThrow(RangeError);
  expect(() => rolled(source, -1)).toThrow(RangeError);
});
