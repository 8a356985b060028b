import { describe, expect, test } from 'vitest';
import { wholeAttention } from '../../../src/model/runtime/wholeAttention.ts';
import { modelInMemory } from '../../support/modelInMemory.ts';
import { readSafetensorsFile } from '../safetensors.ts';
import { everyHead, folderOf, idsOf, largestDifference, never, referenceOf, useGenerations } from './support.ts';

/** Generation against PyTorch and against itself without a cache, on every model that continues text. */
const { start, cacheFolder } = useGenerations();

const singlePrecision = [
  'gpt2',
  'llama',
  'qwen3',
  'gemma3',
  'gpt-neox',
  'gpt2-eager',
  'gemma2-eager',
  'gpt2-external',
] as const;
/** Logits of a cached and an uncached pass differ by so much; in 8 bits, by what quantising other rows together does. */
const logitTolerance = { 'gpt2-fp16': 0.02, 'llama-fp16': 0.02, 'gpt2-q8': 2 } as const;

describe.each([...singlePrecision, 'gpt2-fp16', 'llama-fp16', 'gpt2-q8', 'default'])('%s', (model) => {
  test.each([0, 1])('takes the tokens that transformers takes, text %i', async (text) => {
    const { texts, tensors } = referenceOf(model);
    const { generation, origin, steps } = await start(model, { text: texts[text]!.text });
    expect(origin.promptTokens.map(({ id }) => id)).toEqual(texts[text]!.input_ids);
    await steps(32);
    const { tensors: reference } = await readSafetensorsFile(tensors);
    const expected = Array.from(reference.get(`text${text}.greedy`)!.data as BigInt64Array, Number);
    expect(idsOf(generation.state)).toEqual(expected);
  });
});

describe.each([...singlePrecision, 'gpt2-fp16', 'llama-fp16', 'gpt2-q8', 'default'] as const)('%s', (model) => {
  const tolerance = model in logitTolerance ? logitTolerance[model as keyof typeof logitTolerance] : 1e-4;

  test('cached equals uncached at each of 32 steps', async () => {
    const { generation, steps } = await start(model);
    for (let step = 0; step <= 32; step++) {
      await generation.recompute(never);
      const { cached, recomputed, reused } = generation.state.steps.at(-1)!;
      const length = generation.state.cache.kept.length;
      expect(recomputed?.difference).toBeLessThanOrEqual(tolerance);
      expect(recomputed).toMatchObject({ positions: length, cells: length * length });
      if (step > 0) expect([cached.positions, cached.cells, reused]).toEqual([1, length, length - 1]);
      await steps(1);
    }
  });

  test('and after stepping back, branching and returning', async () => {
    const { generation, steps } = await start(model);
    await steps(12);
    await generation.goTo(5, never);
    const other = generation.state.prediction.candidates[3]!.id;
    for (const token of [other, undefined, undefined]) await generation.step(token, never);
    await generation.recompute(never);
    const branched = generation.state;
    expect(branched.steps.at(-1)!.recomputed!.difference).toBeLessThanOrEqual(tolerance);
    await generation.returnTo(branched.branches[0]!.branch, never);
    await steps(1);
    await generation.recompute(never);
    expect(generation.state.taken).toBe(13);
    expect(generation.state.steps.at(-1)!.recomputed!.difference).toBeLessThanOrEqual(tolerance);
    expect(generation.state.steps.at(-1)).toMatchObject({ again: 7, cached: { positions: 8 } });
  });

  test("a step's attention is the last row of a full run, as is an earlier one's", async () => {
    const { generation, origin, steps } = await start(model);
    await steps(9);
    const ids = [...origin.promptTokens.map(({ id }) => id), ...idsOf(generation.state)];
    const whole = await modelInMemory(folderOf(model), cacheFolder());
    const attention = await wholeAttention(whole, ids, never);
    for (const position of [ids.length - 1, 4, 0]) {
      for (let layer = 0; layer < attention.layers; layer++) {
        for (let head = 0; head < attention.heads; head++) {
          const { weights } = await generation.row({ kind: 'head', layer, head }, position, never);
          const row = attention.region(
            { layer, head },
            { start: position, end: position + 1 },
            { start: 0, end: position + 1 },
          );
          expect(largestDifference(weights, row)).toBeLessThanOrEqual(referenceTolerance(model));
        }
      }
    }
    expect(generation.state.cache.kept).toHaveLength(ids.length);
    await whole.dispose();
  });
});

test('the triangle is the matrix of a full run', async () => {
  const { generation, steps } = await start('llama');
  await steps(6);
  const { rows, data } = await generation.triangle(everyHead, 1000);
  const length = generation.state.cache.kept.length;
  expect(rows).toBe(length);
  for (const position of [0, 7, length - 1]) {
    const { weights } = await generation.row(everyHead, position, never);
    const row = data.subarray(position * length, (position + 1) * length);
    expect(largestDifference(weights, row.subarray(0, position + 1))).toBeLessThanOrEqual(1e-5);
    expect(row.subarray(position + 1).every((weight) => weight === 0)).toBe(true);
  }
});

function referenceTolerance(model: string): number {
  return Math.max(referenceOf(model).tolerance, model === 'gpt2-q8' ? 0.2 : 0);
}
