import { Runtime } from '../../../src/model/runtime/runtime.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Engine, type ExplainOptions } from '../../../src/model/engine.ts';
import { collectGarbage } from '../../../src/model/runtime/garbage.ts';
import {
  bytesOf,
  isWhole,
  LONGEST_TEXT,
  rowsPerPass,
  type RunShape,
  tokensWithin,
} from '../../../src/model/longContext/memory.ts';
import type { ExplainProgress } from '../../../src/protocol/modelWire.ts';
import type { RunSummary } from '../../../src/protocol/run.ts';
import { folderOf } from '../generate/support.ts';
import { loadModel, never, useCache, words } from './support.ts';

const cache = useCache();
let engine: Engine;
beforeAll(() => {
  engine = new Engine(new Runtime({ cacheFolder: cache(), threads: 2 }));
});
afterAll(() => engine.dispose());

const long = words.repeat(190);
const cell = { rows: 1, columns: 1 } as const;

function explain(
  text: string,
  onProgress: (progress: ExplainProgress) => void = () => undefined,
  signal = never,
  changes: Partial<ExplainOptions> = {},
): Promise<RunSummary> {
  const options = { modelFolder: folderOf('default'), text, memoryBudget: 2 ** 30, ...changes };
  return engine.explain(options, onProgress, signal);
}

describe('a text of more weights than are kept', () => {
  test('is explained with progress, pictures of what is done, and all that is said of it', async () => {
    const told: ExplainProgress[] = [];
    const summary = await explain(long, (progress) => told.push(progress));
    const n = summary.tokens.length;
    expect(n).toBeGreaterThan(summary.model.contextLength);
    expect(summary).toMatchObject({
      cut: undefined,
      text: long,
      weights: { kind: 'computed', from: 'queriesAndKeys', precision: 'single' },
      refused: { rollout: { code: 'overBudget' } },
    });
    expect(Object.keys(summary.refused)).toEqual(['rollout']);
    expect(summary.bytes).toBeLessThan(6 * 8 * n ** 2 * 4);
    const passes = told.flatMap(({ passes }) => passes ?? []);
    expect(passes.at(-1)).toMatchObject({ done: n, total: n });
    const previews = passes.flatMap(({ preview }) => preview ?? []);
    const [first] = previews;
    expect(first!.rows).toBeLessThan(first!.side);
    // The picture is the largest weight of each block in the mean of all heads.
    const all = { start: 0, end: n };
    const block = { rows: first!.block, columns: first!.block };
    const request = {
      run: summary.run,
      heads: { kind: 'mean', heads: 'all' },
      quantity: 'weight',
      pooling: 'max',
    } as const;
    const whole = await engine.slice({ ...request, rows: all, columns: all, block }, never);
    expect(first!.data).toEqual(whole.data.slice(0, first!.rows * first!.side));
    engine.release(summary.run);
  });

  test('answers partners, pairs, norms, steps and effects, and says why there is no rollout', async () => {
    const { run, tokens } = await explain(long);
    const [query, key] = [tokens.length - 1, 3];
    const heads = { kind: 'head', layer: 2, head: 1 } as const;
    const rows = { start: query, end: query + 1 };
    const columns = { start: 0, end: tokens.length };
    const row = await engine.slice(
      { run, heads, quantity: 'weight', rows, columns, block: cell, pooling: 'max' },
      never,
    );
    expect(row.data.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 4);
    const partners = await engine.partners({ run, token: query, heads, quantity: 'weight', count: 3 }, never);
    expect(partners.looksAt.selected[0]!.weight).toBe(Math.max(...row.data));
    expect(partners.lookedAtBy.selected).toEqual([{ token: query, weight: row.data[query] }]);
    const pair = await engine.inspect({ run, question: { kind: 'pair', query, key, quantity: 'weight' } }, never);
    expect(pair.kind === 'pair' && pair.values[2 * 8 + 1]).toBeCloseTo(row.data[key]!, 6);
    const steps = await engine.inspect({ run, question: { kind: 'row', layer: 2, head: 1, query } }, never);
    if (steps.kind !== 'row') throw new Error(steps.kind);
    steps.weights.forEach((weight, place) => expect(weight).toBeCloseTo(row.data[place]!, 4));
    const norms = await engine.slice(
      { run, heads, quantity: 'valueNorm', rows, columns, block: cell, pooling: 'max' },
      never,
    );
    steps.valueWeightedNorms!.forEach((norm, place) => expect(norm).toBeCloseTo(norms.data[place]!, 3));
    const links = await engine.inspect({ run, question: { kind: 'links', heads, quantity: 'weight' } }, never);
    if (links.kind !== 'links') throw new Error(links.kind);
    expect(links.links).toHaveLength(8);
    for (const { query, key, weight } of links.links) {
      const one = { rows: { start: query, end: query + 1 }, columns: { start: key, end: key + 1 } };
      const slice = await engine.slice({ run, heads, quantity: 'weight', ...one, block: cell, pooling: 'max' }, never);
      expect(slice.data[0]).toBeCloseTo(weight, 6);
    }
    const ablation = { kind: 'token', token: key, heads: 'all', hiddenFrom: 'query' } as const;
    const effects = await engine.inspect({ run, question: { kind: 'effects', query, ablations: [ablation] } }, never);
    expect(effects.kind === 'effects' && effects.effects).toHaveLength(1);
    const rollout = { run, heads: { kind: 'rollout', layer: 1 }, quantity: 'weight' } as const;
    await expect(engine.peaks(rollout, never)).rejects.toMatchObject({ failure: { code: 'overBudget' } });
    engine.release(run);
  });

  test('stops between passes when it is cancelled, and the next one works', async () => {
    const controller = new AbortController();
    let done = 0;
    const cancelled = explain(
      long,
      ({ passes }) => {
        done = passes?.done ?? 0;
        if (done > 0) controller.abort();
      },
      controller.signal,
    );
    await expect(cancelled).rejects.toMatchObject({ name: 'AbortError' });
    expect(done).toBeLessThan(1200);
    expect((await explain('next')).tokens.length).toBeGreaterThan(0);
  });

  test('is freed when it is released, and runs do not add up', async () => {
    await collectGarbage();
    const before = process.memoryUsage();
    const resident: number[] = [];
    for (let round = 0; round < 4; round++) {
      const { run, bytes } = await explain(long);
      await collectGarbage();
      expect(process.memoryUsage().arrayBuffers - before.arrayBuffers).toBeGreaterThan(0.8 * bytes);
      engine.release(run);
      await collectGarbage();
      expect(process.memoryUsage().arrayBuffers - before.arrayBuffers).toBeLessThan(0.05 * bytes);
      resident.push(process.memoryUsage.rss());
    }
    expect(resident[3]! - resident[1]!).toBeLessThan(64 * 2 ** 20);
  });

  test.each([
    ['one endless line', 'x = [1, 2];'.repeat(500)],
    ['empty lines', '\n'.repeat(10_000)],
    ['emoji only', '🐈‍⬛👩🏽‍🚀🇨🇭'.repeat(120)],
  ])('may be %s', async (_, text) => {
    const summary = await explain(text);
    expect(summary.weights.kind).toBe(summary.tokens.length > 1182 ? 'computed' : 'whole');
    expect(summary.text).toBe(text.slice(0, summary.text.length));
    expect(summary.check.rowSumError).toBeLessThan(1e-4);
    engine.release(summary.run);
  });
});

test.each([
  ['gpt2', 128],
  ['gpt2-eager', 128],
  ['bert', 128],
  ['llama', Infinity],
  ['qwen3', Infinity],
  ['gemma3', Infinity],
  ['gemma2-eager', Infinity],
  ['gpt-neox', Infinity],
  ['default', Infinity],
])('%s has positions for %d tokens', async (name, positions) => {
  const model = await loadModel(name, cache());
  expect(model.mostPositions).toBe(positions);
  await model.dispose();
});

describe('memory', () => {
  const shape: RunShape = { layers: 6, heads: 8, keyValueHeads: 8, headSize: 32, precision: 'single' };

  test('is known before a run starts, and grows with the text and not with its square', () => {
    expect(bytesOf(100, shape)).toBe(6 * 8 * 4 * 100 ** 2);
    expect(isWhole(1000, shape)).toBe(true);
    expect(isWhole(2000, shape)).toBe(false);
    expect(isWhole(2000, { ...shape, headSize: undefined })).toBe(true);
    expect(bytesOf(16_384, shape)).toBeLessThan(2 ** 30);
    expect(bytesOf(16_384, shape) / bytesOf(4096, shape)).toBeLessThan(6);
  });

  test('has room for queries and keys as halves beside what they are made of', () => {
    const large = { ...shape, layers: 24, headSize: 128 };
    expect(bytesOf(4000, { ...large, precision: 'half' })).toBeGreaterThan(bytesOf(4000, large));
  });

  test.each([2 ** 20, 2 ** 26, 2 ** 28, 300 * 2 ** 20, 400 * 2 ** 20, 2 ** 29, 2 ** 30, 2 ** 33])(
    'a budget of %i holds the most that fits',
    (budget) => {
      const tokens = tokensWithin(budget, shape, LONGEST_TEXT);
      expect(bytesOf(tokens, shape)).toBeLessThanOrEqual(budget);
      for (let more = tokens + 1; more <= LONGEST_TEXT; more++) {
        expect(bytesOf(more, shape)).toBeGreaterThan(budget);
      }
      expect(rowsPerPass(16_384, shape, budget)).toBeGreaterThanOrEqual(32);
    },
  );
});
