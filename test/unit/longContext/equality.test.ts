import { describe, expect, test } from 'vitest';
import { largestDifference } from '../../../src/attention/difference.ts';
import { headDistances } from '../../../src/attention/distances.ts';
import { overviewOf, peaksOf, sliceOf } from '../../../src/attention/slice.ts';
import { allHeads, type AttentionSource } from '../../../src/attention/source.ts';
import { ValueWeighted } from '../../../src/attention/valueWeighted.ts';
import type { AttentionReader } from '../../../src/model/runtime/attentionReader.ts';
import { GraphReader } from '../../../src/model/longContext/graphReader.ts';
import { gridSlice } from '../../../src/model/longContext/keptBlocks.ts';
import { mapText } from '../../../src/model/longContext/mapText.ts';
import { wholeAttention } from '../../../src/model/runtime/wholeAttention.ts';
import { type TileForm, TileGraphs, type TileNumbers } from '../../../src/model/longContext/tileGraph.ts';
import type { HeadCombination } from '../../../src/protocol/run.ts';
import { wholeOf } from '../../support/wholeRun.ts';
import { idsOf, loadModel, never, runAsLong, useCache } from './support.ts';

const cache = useCache();
const decoders = [
  'gpt2',
  'gpt2-eager',
  'gpt2-external',
  'gpt2-fp16',
  'llama',
  'llama-fp16',
  'qwen3',
  'gemma3',
  'gemma2-eager',
  'gpt-neox',
  'default',
];

describe.each(decoders)('%s', (name) => {
  test('computed weights are those of the graph, wherever passes end', async () => {
    const model = await loadModel(name, cache());
    // One token below, at and above whole passes, and a text that fits into one.
    for (const [tokens, rowsPerPass] of [
      [31, 32],
      [64, 32],
      [65, 16],
      [95, 32],
      [97, 48],
    ] as const) {
      const ids = await idsOf(model, tokens);
      const whole = await wholeAttention(model, ids, never);
      const run = await runAsLong(model, ids, rowsPerPass);
      expect(run.weights).toMatchObject({ kind: 'computed', from: 'queriesAndKeys' });
      expect(run.weights.largestDifference).toBeLessThanOrEqual(1e-5);
      // A cache in half precision rounds what passes hand on.
      const tolerance = name.endsWith('fp16') ? 5e-4 : 1e-5;
      expect(furthest(await wholeOf(run.reader), whole)).toBeLessThanOrEqual(tolerance);
    }
    await model.dispose();
  });

  test('so are those that the graph computes again', async () => {
    const model = await loadModel(name, cache());
    const ids = await idsOf(model, 77);
    const whole = await wholeAttention(model, ids, never);
    const map = await mapText(model, ids, never, {
      onPasses: () => undefined,
      rowsPerPass: 16,
      blocks: { heads: 8, layers: 4, mean: 2 },
    });
    const norms = Float32Array.from({ length: allHeads(whole).length * 77 }, (_, place) => 1 + (place % 5));
    await expectSame(new GraphReader(model, map, ids), whole);
    await expectSame(new GraphReader(model, map, ids, norms), new ValueWeighted(whole, norms));
    await model.dispose();
  });

  test('every question gets the answer of the whole matrices', async () => {
    const model = await loadModel(name, cache());
    const ids = await idsOf(model, 77);
    const whole = await wholeAttention(model, ids, never);
    const run = await runAsLong(model, ids, 16);
    const norms = Float32Array.from({ length: allHeads(whole).length * 77 }, (_, place) => 1 + (place % 5));
    await expectSame(run.reader, whole);
    await expectSame(run.weighted(norms), new ValueWeighted(whole, norms));
    await model.dispose();
  });
});

test('where queries and keys give something else than the graph, its own rows are taken, and that is said', async () => {
  class WrongTiles extends TileGraphs {
    override async run(form: TileForm, tile: TileNumbers): Promise<Float32Array> {
      return (await super.run(form, tile)).map((weight) => weight * 1.001);
    }
  }
  const model = await loadModel('llama', cache());
  const ids = await idsOf(model, 77);
  const run = await runAsLong(model, ids, 16, { graphs: new WrongTiles(1) });
  expect(run.weights).toMatchObject({ kind: 'computed', from: 'graph' });
  expect(run.weights.largestDifference).toBeLessThanOrEqual(1e-5);
  await expectSame(run.reader, await wholeAttention(model, ids, never));
  await model.dispose();
});

test.each([
  { heads: 2, layers: 1, mean: 1 },
  { heads: 8, layers: 4, mean: 2 },
])(
  'kept blocks of 1,024 tokens are those of the whole matrix: %o',
  async (blocks) => {
    const model = await loadModel('default', cache());
    const ids = await idsOf(model, 1024);
    const whole = await wholeAttention(model, ids, never);
    const run = await runAsLong(model, ids, 128, { blocks });
    const all = { start: 0, end: 1024 };
    const layer = Array.from({ length: whole.heads }, (_, head) => ({ layer: 3, head }));
    for (const pooling of ['max', 'mean'] as const) {
      for (const [heads, side] of [
        [{ kind: 'head', layer: 5, head: 7 }, blocks.heads],
        [{ kind: pooling, heads: layer }, blocks.heads],
        [{ kind: 'mean', heads: layer }, blocks.layers],
        [{ kind: pooling, heads: 'all' }, blocks.heads],
        [{ kind: 'mean', heads: 'all' }, blocks.mean],
      ] as const) {
        const block = { rows: 2 * side, columns: 4 * side };
        const request = { heads, rows: all, columns: all, block, pooling };
        const data = gridSlice(run.map, request)?.data;
        expect(largestDifference(data!, sliceOf(whole, request).data)).toBeLessThanOrEqual(1e-6);
      }
    }
    await model.dispose();
  },
  120_000,
);

test.each(decoders)(
  '%s: queries and keys in half precision take half the bytes, and their error is said',
  async (name) => {
    const model = await loadModel(name, cache());
    const ids = await idsOf(model, 77);
    const whole = await wholeAttention(model, ids, never);
    const single = await runAsLong(model, ids, 16);
    const half = await runAsLong(model, ids, 16, { precision: 'half' });
    expect(half.weights).toMatchObject({ from: 'queriesAndKeys', precision: 'half' });
    const kept = single.map.layers.flatMap(({ queries, keys }) => [queries, keys]);
    const bytes = kept.reduce((sum, { byteLength }) => sum + byteLength, 0);
    expect(half.bytes).toBe(single.bytes - bytes / 2);
    const error = furthest(await wholeOf(half.reader), whole);
    expect(error).toBeLessThan(1e-2);
    expect(half.weights.largestDifference).toBeGreaterThan(single.weights.largestDifference);
    expect(half.weights.largestDifference).toBeLessThanOrEqual(error);
    await model.dispose();
  },
);

test('numbers that no half holds stay as they are', async () => {
  class Overflowing extends TileGraphs {
    override async run(form: TileForm, tile: TileNumbers): Promise<Float32Array> {
      const weights = await super.run(form, tile);
      return form.hasHalves ? weights.fill(NaN) : weights;
    }
  }
  const model = await loadModel('llama', cache());
  const run = await runAsLong(model, await idsOf(model, 77), 16, { precision: 'half', graphs: new Overflowing(1) });
  expect(run.weights).toMatchObject({ from: 'queriesAndKeys', precision: 'single' });
  expect(run.weights.largestDifference).toBeLessThanOrEqual(1e-5);
  await model.dispose();
});

function furthest(found: AttentionSource, expected: AttentionSource): number {
  const whole = { start: 0, end: expected.tokens };
  return Math.max(
    ...allHeads(expected).map((head) =>
      largestDifference(found.region(head, whole, whole), expected.region(head, whole, whole)),
    ),
  );
}

/** Regions of every kind, with cells of one token and of more, at the edges of the text and inside. */
async function expectSame(reader: AttentionReader, whole: AttentionSource): Promise<void> {
  const { tokens, layers, heads } = whole;
  const [last, all] = [
    { layer: layers - 1, head: heads - 1 },
    { start: 0, end: tokens },
  ];
  const combinations: readonly HeadCombination[] = [
    { kind: 'head', ...last },
    { kind: 'mean', heads: 'all' },
    { kind: 'max', heads: 'all' },
    { kind: 'mean', heads: allHeads(whole).filter(({ layer }) => layer === last.layer) },
    { kind: 'mean', heads: [{ layer: 0, head: 0 }, last] },
    { kind: 'max', heads: [{ layer: 0, head: 0 }, last] },
  ];
  for (const combination of combinations) {
    for (const [rows, columns, side] of [
      [all, all, 1],
      [{ start: 16, end: 48 }, { start: 32, end: 77 }, 1],
      [all, all, 4],
      [{ start: 64, end: 77 }, { start: 0, end: 32 }, 8],
      [{ start: 76, end: 77 }, all, 1],
    ] as const) {
      for (const pooling of ['max', 'mean'] as const) {
        const request = { heads: combination, rows, columns, block: { rows: side, columns: side }, pooling };
        const { data } = await reader.slice(request, never);
        expect(largestDifference(data, sliceOf(whole, request).data)).toBeLessThanOrEqual(5e-5);
      }
    }
    const [found, peaks] = [await reader.peaks(combination, never), peaksOf(whole, combination)];
    expect(found.withoutFirstRow).toBeCloseTo(peaks.withoutFirstRow, 5);
    expect(found.withoutFirstColumn).toBeCloseTo(peaks.withoutFirstColumn, 5);
  }
  for (const [block, pooling] of [
    [1, 'max'],
    [8, 'max'],
    [8, 'mean'],
  ] as const) {
    const [found, overview] = [await reader.overview(block, pooling, never), overviewOf(whole, block, pooling)];
    expect(found.side).toBe(overview.side);
    expect(largestDifference(found.data, overview.data)).toBeLessThanOrEqual(5e-5);
  }
  expect(largestDifference(await reader.distances(never), headDistances(whole).distances)).toBeLessThanOrEqual(1e-4);
  await expect(
    reader.slice(
      {
        heads: combinations[0]!,
        rows: { start: 1, end: 3 },
        columns: all,
        block: { rows: 2, columns: 1 },
        pooling: 'max',
      },
      never,
    ),
  ).rejects.toThrow(RangeError);
  await expect(reader.peaks({ kind: 'head', layer: layers, head: 0 }, never)).rejects.toThrow(RangeError);
}
