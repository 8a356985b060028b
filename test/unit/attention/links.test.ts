import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type BlockedMatrix, canHaveLinks, type LinkLimits, strongestLinks } from '../../../src/attention/links.ts';
import { poolRegion } from '../../../src/attention/slice.ts';
import type { Link } from '../../../src/protocol/inspection.ts';

/** @param weights [tokens, tokens] */
function blocked(weights: Float32Array, tokens: number, block: number): BlockedMatrix & { readonly looked: number[] } {
  const whole = { start: 0, end: tokens };
  const blocks = { rows: block, columns: block };
  const maxima = poolRegion(weights, { rows: whole, columns: whole, block: blocks, pooling: 'max' });
  const looked: number[] = [];
  return {
    tokens,
    block,
    maxima,
    looked,
    cells: (rows, columns) => {
      looked.push(rows.start);
      const region = [];
      for (let row = rows.start; row < rows.end; row++) {
        region.push(...weights.subarray(row * tokens + columns.start, row * tokens + columns.end));
      }
      return Promise.resolve(Float32Array.from(region));
    },
  };
}

test('a text is long enough for a link where one end is far enough from a token that is not the first', () => {
  expect(canHaveLinks(17, 16, true)).toBe(false);
  expect(canHaveLinks(18, 16, true)).toBe(true);
  expect(canHaveLinks(16, 16, false)).toBe(false);
  expect(canHaveLinks(17, 16, false)).toBe(true);
});

/** By looking at every cell. */
function expected(weights: Float32Array, tokens: number, { count, apart }: LinkLimits): readonly number[] {
  const links: Link[] = [];
  const cells = Array.from(weights, (weight, cell) => ({
    query: Math.floor(cell / tokens),
    key: cell % tokens,
    weight,
  })).filter(({ query, key, weight }) => weight > 0 && key > 0 && Math.abs(query - key) >= apart);
  for (const cell of cells.sort((a, b) => b.weight - a.weight)) {
    const isNear = links.some(
      ({ query, key }) => Math.abs(query - cell.query) < apart && Math.abs(key - cell.key) < apart,
    );
    if (!isNear && links.length < count) links.push(cell);
  }
  return links.map(({ weight }) => weight);
}

test('are those that looking at every cell finds', async () => {
  const matrix = fc.integer({ min: 1, max: 24 }).chain((tokens) =>
    fc.record({
      tokens: fc.constant(tokens),
      // No two are the same: which of equals comes first is left open.
      order: fc.shuffledSubarray(
        Array.from({ length: tokens ** 2 }, (_, place) => place),
        { minLength: tokens ** 2 },
      ),
      empty: fc.integer({ min: 0, max: tokens ** 2 }),
      block: fc.constantFrom(2, 4, 8),
      limits: fc.record({
        count: fc.integer({ min: 1, max: 6 }),
        apart: fc.integer({ min: 1, max: 9 }),
      }),
    }),
  );
  await fc.assert(
    fc.asyncProperty(matrix, async ({ tokens, order, empty, block, limits }) => {
      const weights = Float32Array.from(order, (place) => Math.max(0, place - empty));
      const links = await strongestLinks(blocked(weights, tokens, block), limits);
      for (const { query, key, weight } of links) expect(weights[query * tokens + key]).toBe(weight);
      expect(links.map(({ weight }) => weight)).toEqual(expected(weights, tokens, limits));
    }),
  );
});

test('few blocks are looked into', async () => {
  const tokens = 256;
  const weights = new Float32Array(tokens ** 2).fill(1e-4);
  for (const place of [40, 90, 200]) weights[place * tokens + 7] = place / 1000;
  const matrix = blocked(weights, tokens, 8);
  const links = await strongestLinks(matrix, { count: 3, apart: 16 });
  expect(links.map(({ query }) => query)).toEqual([200, 90, 40]);
  expect(matrix.looked).toEqual([200, 88, 40]);
});
