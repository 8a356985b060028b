import { describe, expect, test } from 'vitest';
import { slidingWindow } from '../../../src/model/generate/policies/window.ts';
import type { CachePolicy } from '../../../src/protocol/cachePolicy.ts';
import { readSafetensorsFile } from '../safetensors.ts';
import { everyHead, idsOf, largestDifference, never, referenceOf, useGenerations } from './support.ts';

/** Evicting keys against PyTorch's one uncached pass in which the same positions are masked. */
const { start } = useGenerations();

const windows = [
  { window: 6, sinks: 0 },
  { window: 8, sinks: 3 },
  // Longer than the prompt: the text reaches it while it grows (transformers#37574).
  { window: 60, sinks: 2 },
];

describe.each(['gpt2', 'llama', 'qwen3', 'gpt-neox', 'gpt2-eager', 'gpt2-external'])('%s', (model) => {
  test.each(windows)('window $window, first $sinks kept', async ({ window, sinks }) => {
    const { texts, tensors } = referenceOf(model);
    const { tensors: stored } = await readSafetensorsFile(tensors);
    const name = `text0.window.${window}.${sinks}`;
    const logits = stored.get(`${name}.logits`)!;
    const expected = Array.from(stored.get(`${name}.greedy`)!.data as BigInt64Array, Number);
    const { generation, origin, steps } = await start(model, {
      text: texts[0].text,
      policy: { kind: 'window', window, sinks },
    });
    for (const [step, id] of expected.entries()) {
      const row = (logits.data as Float32Array).subarray(step * logits.shape[1]!, (step + 1) * logits.shape[1]!);
      const { candidates, choice } = generation.state.prediction;
      expect(choice.id).toBe(id);
      const probabilities = softmaxOf(row);
      const found = candidates.map((candidate) => candidate.probability);
      expect(
        largestDifference(
          found,
          candidates.map((candidate) => probabilities[candidate.id]!),
        ),
      ).toBeLessThan(1e-4);
      const kept = generation.state.cache.kept;
      const last = origin.promptTokens.length + step - 1;
      expect(kept).toEqual(visible({ window, sinks }, last));
      const { keys } = await generation.row(everyHead, undefined, never);
      expect(keys).toEqual(kept);
      await steps(1);
    }
    expect(idsOf(generation.state)).toEqual(expected);
  });
});

test('stepping back in a window reuses what is held and else begins anew', async () => {
  const policy: CachePolicy = { kind: 'window', window: 6, sinks: 2 };
  const { generation, steps } = await start('llama', { policy });
  const states = await steps(20);
  const other = async (taken: number): Promise<number> => {
    await generation.goTo(taken, never);
    await generation.step(generation.state.prediction.candidates[1]!.id, never);
    return generation.state.steps.at(-1)!.again;
  };
  expect(await other(19)).toBe(0);
  const length = states[9]!.cache.kept.at(-1)! + 1;
  expect(await other(10)).toBe(length);
  const branched = generation.state;
  const fresh = await start('llama', { policy });
  await fresh.steps(10);
  await fresh.generation.step(idsOf(branched).at(-1), never);
  expect(fresh.generation.state.prediction.candidates).toEqual(branched.prediction.candidates);
});

test('a row of an evicted position is computed again as it was', async () => {
  const { generation, steps } = await start('gpt2', { policy: { kind: 'window', window: 5, sinks: 1 } });
  await steps(10);
  const then = await generation.row(everyHead, undefined, never);
  await steps(8);
  const now = await generation.row(everyHead, then.position, never);
  expect(now.keys).toEqual(then.keys);
  expect(largestDifference(now.weights, then.weights)).toBeLessThan(1e-5);
  expect(generation.state.again.positions).toBeGreaterThan(then.position);
});

test.each([
  ['gemma3', /sliding window of its own \(12 positions\)/],
  ['gemma2-eager', /sliding window of its own/],
])('%s cannot run a window and says why', async (model, reason) => {
  const { origin, generation } = await start(model);
  expect(origin.windowRefusal).toMatch(reason);
  await expect(generation.setPolicy({ kind: 'window', window: 4, sinks: 0 }, never)).rejects.toThrow(reason);
  expect(generation.state.cache.policy).toEqual({ kind: 'full' });
});

test("a model's own window is not mistaken when a short text reaches it", async () => {
  const { generation, steps } = await start('gemma3', { text: 'a' });
  for (let step = 0; step < 20; step++) {
    await generation.recompute(never);
    expect(generation.state.steps.at(-1)!.recomputed!.difference).toBeLessThanOrEqual(1e-4);
    await steps(1);
  }
});

test('what a window lets a position see', () => {
  for (const [window, sinks] of [
    [1, 0],
    [1, 3],
    [4, 0],
    [4, 2],
  ] as const) {
    for (let position = 0; position < 12; position++) {
      const ranges = slidingWindow({ kind: 'window', window, sinks }).visibleBefore(position);
      const before = ranges.flatMap(({ start: first, end }) => [...Array(end - first).keys()].map((i) => first + i));
      expect([...before, position]).toEqual(visible({ window, sinks }, position));
    }
  }
});

/** The definition: k ≤ q with q − k < window or k < sinks. */
function visible({ window, sinks }: { readonly window: number; readonly sinks: number }, query: number): number[] {
  return [...Array(query + 1).keys()].filter((key) => query - key < window || key < sinks);
}

function softmaxOf(logits: Float32Array): number[] {
  const largest = Math.max(...logits);
  const weights = Array.from(logits, (logit) => Math.exp(logit - largest));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}
