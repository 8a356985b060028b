import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { aligned, blockWithin, cellCount, cellRange, cellsIn } from '../../../src/protocol/cells.ts';
import { overviewSchema, sliceSchema } from '../../../src/protocol/panelSchemas.ts';

test('the cells of a range follow one another, and the last one ends with it', () => {
  fc.assert(
    fc.property(
      fc.nat(5000),
      fc.integer({ min: 1, max: 5000 }),
      fc.constantFrom(1, 2, 8, 64),
      (start, length, block) => {
        const range = { start, end: start + length };
        const cells = Array.from({ length: cellCount(range, block) }, (_, index) => cellRange(range, block, index));
        expect(cells.map((cell) => cell.start)).toEqual([start, ...cells.slice(0, -1).map((cell) => cell.end)]);
        expect(cells.at(-1)!.end).toBe(range.end);
        const around = aligned(range, block, range.end + 3);
        expect([around.start % block, around.start <= start, around.end >= range.end]).toEqual([0, true, true]);
      },
    ),
  );
});

test.each([
  [512, 512, 1],
  [513, 512, 2],
  [16_384, 512, 32],
  [1, 512, 1],
])('%i tokens in at most %i cells take blocks of %i', (tokens, cells, block) => {
  expect(blockWithin(tokens, cells)).toBe(block);
});

describe('a view may ask for', () => {
  const request = {
    run: 1,
    heads: { kind: 'mean', heads: 'all' },
    quantity: 'weight',
    rows: { start: 0, end: 16_384 },
    columns: { start: 0, end: 16_384 },
    block: { rows: 32, columns: 32 },
    pooling: 'mean',
    precision: 'half',
  };

  test('blocks of a power of two, in a bounded number of cells', () => {
    expect(sliceSchema.safeParse(request).success).toBe(true);
    expect(cellsIn(sliceSchema.parse(request))).toEqual({ rows: 512, columns: 512 });
  });

  test.each([
    ['too many cells', { block: { rows: 8, columns: 8 } }],
    ['too long a side', { rows: { start: 0, end: 1 }, block: { rows: 1, columns: 1 } }],
    ['a block of another size', { block: { rows: 33, columns: 32 } }],
    ['no block', { block: { rows: 0, columns: 32 } }],
  ])('and nothing else: %s', (_, changes) => {
    expect(sliceSchema.safeParse({ ...request, ...changes }).success).toBe(false);
  });

  test('pictures of heads in such blocks only', () => {
    const picture = { run: 1, quantity: 'weight', pooling: 'mean' };
    expect(overviewSchema.safeParse({ ...picture, block: 4 }).success).toBe(true);
    expect(overviewSchema.safeParse({ ...picture, block: 3 }).success).toBe(false);
  });
});
