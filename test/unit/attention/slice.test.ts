import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { combinedRegion } from '../../../src/attention/combine.ts';
import { largestDifference } from '../../../src/attention/difference.ts';
import { checkInvariants } from '../../../src/attention/invariants.ts';
import { overviewOf, peaksOf, type RegionRequest, sliceOf } from '../../../src/attention/slice.ts';
import { allHeads, PiecewiseAttention } from '../../../src/attention/source.ts';
import { WholeReader } from '../../../src/model/runtime/attentionReader.ts';
import { readPartners } from '../../../src/model/explain/readPartners.ts';
import { RowAttention } from '../../../src/model/generate/rowAttention.ts';
import type { HeadCombination } from '../../../src/protocol/run.ts';

/** A source whose weight is a different whole number in every cell: 1000·layer + 100·head + 10·query + key. */
function numbered(layers: number, heads: number, tokens: number): PiecewiseAttention {
  const layer = (index: number): Float32Array =>
    Float32Array.from({ length: heads * tokens * tokens }, (_, cell) => {
      const head = Math.floor(cell / tokens ** 2);
      const query = Math.floor(cell / tokens) % tokens;
      return 1000 * index + 100 * head + 10 * query + (cell % tokens);
    });
  return onePiece(
    Array.from({ length: layers }, (_, index) => layer(index)),
    heads,
    tokens,
  );
}

function onePiece(layers: readonly Float32Array[], heads: number, tokens: number): PiecewiseAttention {
  return new PiecewiseAttention([{ rows: { start: 0, end: tokens }, keys: tokens, layers }], heads);
}

const whole = { start: 0, end: 4 };
const first: HeadCombination = { kind: 'head', layer: 0, head: 0 };

function request(changes: Partial<RegionRequest>): RegionRequest {
  const block = { rows: 1, columns: 1 };
  return { heads: first, rows: whole, columns: whole, block, pooling: 'max', ...changes };
}

describe('a slice', () => {
  test('is the region of the one head, cell by cell', () => {
    const slice = sliceOf(
      numbered(2, 2, 4),
      request({
        heads: { kind: 'head', layer: 1, head: 1 },
        rows: { start: 2, end: 4 },
        columns: { start: 1, end: 4 },
      }),
    );
    expect(slice).toEqual({ rows: 2, columns: 3, data: Float32Array.of(1121, 1122, 1123, 1131, 1132, 1133) });
  });

  test('is a copy: sending it away does not take the run with it', () => {
    const source = numbered(1, 1, 4);
    sliceOf(source, request({})).data.fill(-1);
    expect(source.region({ layer: 0, head: 0 }, whole, whole)[15]).toBe(33);
  });

  test('pools blocks by maximum and by mean, the last one with the tokens that are left', () => {
    const source = numbered(1, 1, 5);
    const region = { rows: { start: 0, end: 5 }, columns: { start: 2, end: 5 }, block: { rows: 4, columns: 2 } };
    // Rows: tokens 0–3 and 4; columns: tokens 2–3 and 4.
    expect(sliceOf(source, request({ ...region, pooling: 'max' })).data).toEqual(Float32Array.of(33, 34, 43, 44));
    expect(sliceOf(source, request({ ...region, pooling: 'mean' })).data).toEqual(Float32Array.of(17.5, 19, 42.5, 44));
  });

  test('refuses a region that is not made of whole blocks', () => {
    const source = numbered(1, 1, 5);
    const pair = { rows: 2, columns: 2 };
    const all = { start: 0, end: 5 };
    for (const rows of [
      { start: 1, end: 5 },
      { start: 0, end: 3 },
    ]) {
      expect(() => sliceOf(source, request({ rows, columns: all, block: pair }))).toThrow(RangeError);
    }
    expect(() => sliceOf(source, request({ rows: all, columns: all, block: { rows: 3, columns: 1 } }))).toThrow(
      RangeError,
    );
  });

  test('refuses regions and heads outside of the run', () => {
    const source = numbered(1, 1, 4);
    expect(() => sliceOf(source, request({ rows: { start: 0, end: 5 } }))).toThrow(RangeError);
    expect(() => sliceOf(source, request({ columns: { start: 2, end: 2 } }))).toThrow(RangeError);
    expect(() => sliceOf(source, request({ heads: { kind: 'head', layer: 0, head: 1 } }))).toThrow(RangeError);
    expect(() => sliceOf(source, request({ heads: { kind: 'max', heads: [{ layer: 1, head: 0 }] } }))).toThrow(
      RangeError,
    );
  });

  test('of any blocks has the maximum of the region in it', () => {
    const source = numbered(1, 1, 13);
    const side = fc.constantFrom(1, 2, 4, 8, 16);
    fc.assert(
      fc.property(side, side, (rows, columns) => {
        const all = { start: 0, end: 13 };
        const slice = sliceOf(source, request({ rows: all, columns: all, block: { rows, columns } }));
        expect(slice.data.length).toBe(Math.ceil(13 / rows) * Math.ceil(13 / columns));
        expect(Math.max(...slice.data)).toBe(132);
      }),
    );
  });
});

describe('several heads', () => {
  const source = numbered(2, 2, 4);
  const cell = { start: 3, end: 4 };

  test('mean and maximum over all, and over a set', () => {
    const pair = [
      { layer: 0, head: 0 },
      { layer: 1, head: 0 },
    ];
    expect(combinedRegion(source, { kind: 'mean', heads: 'all' }, cell, cell)).toEqual(Float32Array.of(583));
    expect(combinedRegion(source, { kind: 'max', heads: 'all' }, cell, cell)).toEqual(Float32Array.of(1133));
    expect(combinedRegion(source, { kind: 'mean', heads: pair }, cell, cell)).toEqual(Float32Array.of(533));
    expect(combinedRegion(source, { kind: 'max', heads: pair }, cell, cell)).toEqual(Float32Array.of(1033));
  });

  test('do not change the run they are made of', () => {
    combinedRegion(source, { kind: 'mean', heads: 'all' }, whole, whole);
    expect(source.region({ layer: 0, head: 0 }, cell, cell)).toEqual(Float32Array.of(33));
  });
});

test('weights of several passes are read as one matrix', () => {
  // Tokens 0–1 in a first pass, 2–3 in a second one; both heads alike but for the sign of 100.
  const first = Float32Array.of(0, 1, 10, 11, 100, 101, 110, 111);
  const second = Float32Array.of(20, 21, 22, 23, 30, 31, 32, 33, 120, 121, 122, 123, 130, 131, 132, 133);
  const source = new PiecewiseAttention(
    [
      { rows: { start: 0, end: 2 }, keys: 2, layers: [first] },
      { rows: { start: 2, end: 4 }, keys: 4, layers: [second] },
    ],
    2,
  );
  expect(source).toMatchObject({ layers: 1, tokens: 4, bytes: 4 * 24 });
  expect([...source.region({ layer: 0, head: 1 }, whole, whole)]).toEqual(
    [
      [100, 101, 0, 0],
      [110, 111, 0, 0],
      [120, 121, 122, 123],
      [130, 131, 132, 133],
    ].flat(),
  );
  const corner = source.region({ layer: 0, head: 0 }, { start: 1, end: 3 }, { start: 1, end: 4 });
  expect([...corner]).toEqual(
    [
      [11, 0, 0],
      [21, 22, 23],
    ].flat(),
  );
  expect([...source.region({ layer: 0, head: 0 }, { start: 0, end: 1 }, { start: 3, end: 4 })]).toEqual([0]);
});

test('passes that do not follow one another are refused', () => {
  const piece = { rows: { start: 2, end: 4 }, keys: 4, layers: [new Float32Array(8)] };
  expect(() => new PiecewiseAttention([piece], 1)).toThrow(RangeError);
  expect(() => onePiece([new Float32Array(15)], 1, 4)).toThrow(RangeError);
});

test('peaks leave out the first row or the first column', () => {
  // Row 0 and column 0 hold the two largest weights; the next ones stand off them.
  const source = onePiece([Float32Array.of(0, 9, 0, 8, 1, 2, 0, 7, 3)], 1, 3);
  expect(peaksOf(source, first)).toEqual({ withoutFirstRow: 8, withoutFirstColumn: 9 });
  expect(peaksOf(onePiece([Float32Array.of(1)], 1, 1), first)).toEqual({ withoutFirstRow: 0, withoutFirstColumn: 0 });
});

test('an overview holds a picture of every head in order', () => {
  const { side, data } = overviewOf(numbered(2, 3, 4), 2, 'max');
  expect(side).toBe(2);
  // Each picture of a head is [11, 13, 31, 33] above the head's own 1000·layer + 100·head.
  const pictures = allHeads({ layers: 2, heads: 3 }).flatMap(({ layer, head }) =>
    [11, 13, 31, 33].map((cell) => 1000 * layer + 100 * head + cell),
  );
  expect([...data]).toEqual(pictures);
});

describe('partners', () => {
  /** Two heads over three tokens; the second head's last token looks at the first. */
  const source = onePiece(
    [Float32Array.of(1, 0, 0, 0.25, 0.75, 0, 0.5, 0.125, 0.375, 1, 0, 0, 0.5, 0.5, 0, 1, 0, 0)],
    2,
    3,
  );

  const reader = new WholeReader(source);
  const partnersOf = (token: number, count: number) =>
    readPartners({ reader, heads: first }, reader, { token, count }, new AbortController().signal);

  test('are read from the row and from the column', async () => {
    const partners = await partnersOf(2, 2);
    expect(partners.looksAt).toEqual({
      selected: [
        { token: 0, weight: 0.5 },
        { token: 2, weight: 0.375 },
      ],
      overall: [
        { token: 0, weight: 0.75 },
        { token: 2, weight: 0.1875 },
      ],
      byHead: [
        { layer: 0, head: 1, token: 0, weight: 1 },
        { layer: 0, head: 0, token: 0, weight: 0.5 },
      ],
    });
    expect(partners.lookedAtBy).toEqual({
      selected: [{ token: 2, weight: 0.375 }],
      overall: [{ token: 2, weight: 0.1875 }],
      byHead: [{ layer: 0, head: 0, token: 2, weight: 0.375 }],
    });
  });

  test('of a token outside of the text are refused', async () => {
    await expect(partnersOf(3, 1)).rejects.toThrow(RangeError);
  });
});

describe('the self-check', () => {
  const causal = [1, 0, 0.5, 0.5];

  test('measures nothing wrong where nothing is', () => {
    const source = onePiece([Float32Array.from(causal)], 1, 2);
    expect(checkInvariants(source, true)).toEqual({ rowSumError: 0, futureWeight: 0 });
    expect(checkInvariants(source, false)).toEqual({ rowSumError: 0, futureWeight: undefined });
  });

  test('measures a wrong row sum, weight on the future, and NaN', () => {
    const wrong = onePiece([Float32Array.from(causal), Float32Array.of(0.75, 0.5, 0.5, 0.5)], 1, 2);
    expect(checkInvariants(wrong, true)).toEqual({ rowSumError: 0.25, futureWeight: 0.5 });
  });

  test.each([0, 1])('keeps NaN in row %d, whatever the rows around it sum to', (row) => {
    const weights = Float32Array.from(causal);
    weights[2 * row] = NaN;
    expect(checkInvariants(onePiece([weights], 1, 2), true).rowSumError).toBeNaN();
    expect(new RowAttention([weights], [0, 1]).rowSumError).toBeNaN();
    expect(largestDifference(weights, Float32Array.from(causal))).toBeNaN();
  });
});
