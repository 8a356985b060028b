import { describe, expect, test } from 'vitest';
import { readRuntimeGraph } from '../../../src/model/graph/runtimeGraph.ts';
import { collectGarbage } from '../../../src/model/runtime/garbage.ts';
import type { CachePolicy } from '../../../src/protocol/cachePolicy.ts';
import { readSafetensors } from '../safetensors.ts';
import { everyHead, folderOf, idsOf, largestDifference, never, referenceOf, useGenerations } from './support.ts';

const { generations, start } = useGenerations();

describe('policies that keep everything, or nothing, take the same tokens', () => {
  test.each<CachePolicy>([{ kind: 'none' }, { kind: 'preallocated', positions: 60 }])('$kind', async (policy) => {
    const full = await start('llama');
    const other = await start('llama', { policy });
    const expected = (await full.steps(15)).at(-1)!;
    await other.steps(15);
    await other.generation.goTo(9, never);
    await other.generation.step(other.generation.state.prediction.candidates[1]!.id, never);
    await full.generation.goTo(9, never);
    await full.generation.step(full.generation.state.prediction.candidates[1]!.id, never);
    const [ours, theirs] = [other.generation.state, full.generation.state];
    expect(idsOf(ours)).toEqual(idsOf(theirs));
    expect(expected.tokens.slice(0, 9)).toEqual(theirs.tokens.slice(0, 9));
    const probabilities = ({ prediction }: typeof ours) => prediction.candidates.map(({ probability }) => probability);
    expect(largestDifference(probabilities(ours), probabilities(theirs))).toBeLessThan(1e-5);
  });
});

test('without a cache every step computes the whole text', async () => {
  const { origin, steps } = await start('gpt2', { policy: { kind: 'none' } });
  const { cache, steps: figures } = (await steps(3)).at(-1)!;
  const length = origin.promptTokens.length + 3;
  expect(figures.at(-1)).toMatchObject({ cached: { positions: length, keys: length }, reused: 0, again: length - 1 });
  expect(cache).toMatchObject({ kept: [], bytes: { used: 0, reserved: 0 } });
});

test('bytes are those of the shape: used grows, reserved stays', async () => {
  const { origin, generation, steps } = await start('llama', { policy: { kind: 'preallocated', positions: 20 } });
  // 2 layers × keys and values × 2 heads × 8 numbers × 4 bytes
  expect(origin.cache).toMatchObject({ bytesPerPosition: 256, keyValueHeads: 2, queryHeads: 4, headSize: 8 });
  for (const { cache } of await steps(4)) {
    expect(cache.bytes).toEqual({ used: cache.kept.length * 256, reserved: 20 * 256 });
  }
  await steps(20);
  expect(generation.state).toMatchObject({ end: { reason: 'reserved', limit: 20 } });
  expect(generation.state.cache.kept).toHaveLength(20);
  await expect(generation.setPolicy({ kind: 'preallocated', positions: 10 }, never)).rejects.toMatchObject({
    failure: { code: 'overBudget' },
  });
});

test.each(['llama', 'gpt2', 'gemma3'])('norms are those of the keys and values: %s', async (model) => {
  const { texts, tensors } = referenceOf(model);
  const stored = await readSafetensors(tensors);
  const { generation } = await start(model, { text: texts[0].text });
  for (const layer of [0, 1]) {
    const { keys, values, positions } = generation.norms(layer);
    expect(positions).toEqual(generation.state.cache.kept);
    expect(largestDifference(keys, normsOf(stored.get(`text0.key.${layer}`)!))).toBeLessThan(1e-4);
    expect(largestDifference(values, normsOf(stored.get(`text0.value.${layer}`)!))).toBeLessThan(1e-4);
  }
});

test('changing the policy keeps the tokens and measures the step again', async () => {
  const { generation, steps } = await start('llama');
  const before = (await steps(12)).at(-1)!;
  await generation.setPolicy({ kind: 'window', window: 5, sinks: 1 }, never);
  const after = generation.state;
  expect(after.tokens).toEqual(before.tokens);
  expect(after.cache.kept).toHaveLength(6);
  expect(after.steps.at(-1)!.again).toBe(before.cache.kept.length);
  await generation.setPolicy({ kind: 'full' }, never);
  expect(largestDifference(top(generation.state), top(before))).toBeLessThan(1e-5);
});

test('what was looked at under another policy is not shown again', async () => {
  const { generation, steps } = await start('llama');
  await steps(3);
  expect((await generation.row(everyHead, 4, never)).keys).toEqual([0, 1, 2, 3, 4]);
  await generation.row({ kind: 'head', layer: 1, head: 0 }, 4, never);
  expect(generation.state.again.positions).toBe(1);
  await generation.setPolicy({ kind: 'window', window: 2, sinks: 0 }, never);
  expect((await generation.row(everyHead, 4, never)).keys).toEqual([3, 4]);
});

describe('what a policy changed', () => {
  test('nothing, when everything is kept', async () => {
    for (const policy of [{ kind: 'full' }, { kind: 'none' }, { kind: 'preallocated', positions: 50 }] as const) {
      const { generation, steps } = await start('qwen3', { policy });
      await steps(10);
      const { next, firstDifference } = await generation.effect(never);
      expect(firstDifference).toBeUndefined();
      expect(next.full.id).toBe(next.policy.id);
      expect(next.full.full).toBeCloseTo(next.full.policy!, 5);
    }
  });

  test('the first other token, and both probabilities of what would be next', async () => {
    const windowed = await start('default', { policy: { kind: 'window', window: 4, sinks: 0 } });
    const full = await start('default');
    const taken = (await windowed.steps(12)).at(-1)!;
    const expected = (await full.steps(12)).at(-1)!;
    const index = idsOf(taken).findIndex((id, place) => id !== idsOf(expected)[place]);
    expect(index).toBeGreaterThanOrEqual(0);
    const { next, firstDifference } = await windowed.generation.effect(never);
    expect(firstDifference).toMatchObject({
      index,
      full: { id: idsOf(expected)[index], full: expect.closeTo(expected.tokens[index]!.probability!, 5) as number },
      policy: { id: idsOf(taken)[index], policy: taken.tokens[index]!.probability },
    });
    await windowed.generation.setPolicy({ kind: 'full' }, never);
    const { choice } = windowed.generation.state.prediction;
    expect(next.full).toMatchObject({ id: choice.id, full: expect.closeTo(choice.probability, 5) as number });
    expect(next.policy.policy).toBeCloseTo(taken.prediction.choice.probability, 5);
  });
});

describe('multiply-accumulates', () => {
  // Counted by hand from the configurations: projections, feed-forward and output head of each position.
  const gpt2 = 2 * (32 * 96 + 32 * 32 + 2 * 32 * 64) + 32 * 420;
  const llama = 2 * (2 * 32 * 32 + 2 * 32 * 16 + 3 * 32 * 48) + 32 * 480;
  const bundled = 6 * (4 * 384 * 384 + 3 * 384 * 1024) + 384 * 8192;

  test.each([
    ['gpt2', gpt2],
    ['gpt2-eager', gpt2],
    ['gpt2-external', gpt2],
    ['gpt2-fp16', gpt2],
    ['gpt2-q8', gpt2],
    ['llama', llama],
    ['llama-fp16', llama],
    ['default', bundled],
  ])('%s: linear weights, from its graph', async (model, linearWeights) => {
    expect((await readRuntimeGraph(folderOf(model))).linearWeights).toBe(linearWeights);
  });
});

describe('memory', () => {
  const memory = async (): Promise<NodeJS.MemoryUsage> => {
    await collectGarbage();
    return process.memoryUsage();
  };

  test('is freed when a generation is closed', async () => {
    await generations().close((await start('default')).origin.generation);
    const { arrayBuffers: before } = await memory();
    const { origin } = await start('default', { policy: { kind: 'preallocated', positions: 4000 } });
    const reserved = 4000 * origin.cache.bytesPerPosition;
    expect((await memory()).arrayBuffers - before).toBeGreaterThan(reserved - 2 ** 20);
    await generations().close(origin.generation);
    expect((await memory()).arrayBuffers - before).toBeLessThan(2 ** 20);
  });

  test('grows over 500 steps by the cache, and a few kilobytes a step for what is told of each', async () => {
    const { origin, generation } = await start('default');
    const grow = async (count: number): Promise<number> => {
      for (let step = 0; step < count; step++) await generation.step(undefined, never);
      const { arrayBuffers, heapUsed } = await memory();
      return arrayBuffers + heapUsed - generation.state.cache.bytes.used;
    };
    const before = await grow(5);
    const room = origin.model.contextLength - generation.state.cache.kept.length;
    const count = Math.min(500, room);
    expect((await grow(count)) - before).toBeLessThan(count * 4096);
    expect(generation.state.taken).toBe(5 + count);
  });
});

function normsOf({ shape, data }: { readonly shape: readonly number[]; readonly data: Float32Array }): number[] {
  const size = shape.at(-1)!;
  return Array.from({ length: data.length / size }, (_, index) =>
    Math.hypot(...data.subarray(index * size, (index + 1) * size)),
  );
}

function top({
  prediction,
}: {
  readonly prediction: { readonly candidates: readonly { readonly probability: number }[] };
}) {
  return prediction.candidates.map(({ probability }) => probability);
}
