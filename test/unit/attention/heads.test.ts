import { describe, expect, test } from 'vitest';
import { combinedRegion } from '../../../src/attention/combine.ts';
import { headDistances } from '../../../src/attention/distances.ts';
import { roleSentence, rolesOf } from '../../../src/attention/roleScores.ts';
import { PiecewiseAttention } from '../../../src/attention/source.ts';
import { WholeReader } from '../../../src/model/runtime/attentionReader.ts';
import { ValueWeighted } from '../../../src/attention/valueWeighted.ts';

/** One layer of two heads over two tokens: the first looks at itself, the second at the first token. */
const source = new PiecewiseAttention(
  [{ rows: { start: 0, end: 2 }, keys: 2, layers: [Float32Array.of(1, 0, 0, 1, 1, 0, 1, 0)] }],
  2,
);
const whole = { start: 0, end: 2 };

describe('how unusual a head is', () => {
  test('is the total variation distance of its rows from the mean of all heads, averaged', () => {
    // Row 0 is the same in both; row 1 is [0, 1] and [1, 0] around the mean [0.5, 0.5]: half of (0.5 + 0.5).
    expect(headDistances(source)).toEqual({ layers: 1, heads: 2, distances: Float32Array.of(0.25, 0.25) });
  });

  test('is nothing where all heads are alike, and more for the one that is not', () => {
    const head = [1, 0, 0.5, 0.5];
    const pieces = (heads: readonly number[][]): PiecewiseAttention =>
      new PiecewiseAttention([{ rows: whole, keys: 2, layers: [Float32Array.from(heads.flat())] }], heads.length);
    expect([...headDistances(pieces([head, head, head])).distances]).toEqual([0, 0, 0]);
    const [usual, alsoUsual, unusual] = headDistances(pieces([head, head, [1, 0, 0, 1]])).distances;
    expect(usual).toBe(alsoUsual);
    expect(unusual).toBeGreaterThan(usual!);
  });
});

test('a region is read in every head', async () => {
  const reader = new WholeReader(source);
  const second = { start: 1, end: 2 };
  expect([...(await reader.stack(second, { start: 0, end: 1 }))]).toEqual([0, 1]);
  expect([...(await reader.stack(second, whole))]).toEqual([0, 1, 1, 0]);
});

describe('value-weighted norms', () => {
  const norms = Float32Array.of(2, 3, 5, 7);
  const weighted = new ValueWeighted(source, norms);

  test('are the weights times the norms of the values, column by column', () => {
    expect([...weighted.region({ layer: 0, head: 0 }, whole, whole)]).toEqual([2, 0, 0, 3]);
    expect([...weighted.region({ layer: 0, head: 1 }, whole, whole)]).toEqual([5, 0, 5, 0]);
    expect([...weighted.region({ layer: 0, head: 0 }, { start: 1, end: 2 }, { start: 1, end: 2 })]).toEqual([3]);
    expect([...combinedRegion(weighted, { kind: 'mean', heads: 'all' }, whole, whole)]).toEqual([3.5, 0, 2.5, 1.5]);
  });

  test('leave the weights as they are', () => {
    weighted.region({ layer: 0, head: 0 }, whole, whole);
    expect([...source.region({ layer: 0, head: 0 }, whole, whole)]).toEqual([1, 0, 0, 1]);
  });

  test('need one norm for each token of each head', () => {
    expect(() => new ValueWeighted(source, Float32Array.of(1, 2))).toThrow(RangeError);
  });
});

describe('the roles of a head', () => {
  const scores = {
    layers: 1,
    heads: 2,
    previousToken: Float32Array.of(0.5, 0.39),
    duplicateToken: Float32Array.of(0.1, 0),
    induction: Float32Array.of(0.75, 0),
    firstToken: Float32Array.of(0, 0.2),
    stringQuotes: Float32Array.of(0.59, 0.6),
    bracketPairs: Float32Array.of(0.5, 0.33),
  };

  test('are those whose score reaches the threshold, the clearest first', () => {
    expect(rolesOf(scores, { layer: 0, head: 0 })).toEqual([
      { role: 'induction', score: 0.75 },
      { role: 'previousToken', score: 0.5 },
    ]);
  });

  test('take more of shares, which a fixed rule gets a part of', () => {
    expect(rolesOf(scores, { layer: 0, head: 1 })).toEqual([{ role: 'stringQuotes', score: Math.fround(0.6) }]);
  });

  test('are none where no score does', () => {
    const none = { ...scores, stringQuotes: Float32Array.of(0, 0) };
    expect(rolesOf(none, { layer: 0, head: 1 })).toEqual([]);
  });

  test('are told with their score, and as no larger share than was measured', () => {
    expect(roleSentence({ role: 'previousToken', score: 0.987 })).toBe(
      'This head is a previous-token head: on random tokens it puts 0.99 of its attention on whatever token stands before.',
    );
    expect(roleSentence({ role: 'stringQuotes', score: 0.996 })).toContain('in 99 % of the strings');
  });
});
