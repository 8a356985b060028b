import { expect, test } from 'vitest';
import { meanScores, type RepeatedTokens, roleScores } from '../../../src/attention/roleScores.ts';
import { PiecewiseAttention } from '../../../src/attention/source.ts';

/** A special token, then 7 8 9 twice. */
const probe: RepeatedTokens = { ids: [1, 7, 8, 9, 7, 8, 9], start: 1, length: 3 };
const tokens = probe.ids.length;

/** One head of one layer, each query of which puts all its weight on one key. */
function scoresOf(keyOf: (query: number) => number) {
  const weights = new Float32Array(tokens * tokens);
  for (let query = 0; query < tokens; query++) weights[query * tokens + keyOf(query)] = 1;
  const piece = { rows: { start: 0, end: tokens }, keys: tokens, layers: [weights] };
  const scores = roleScores(new PiecewiseAttention([piece], 1), probe);
  return Object.fromEntries(Object.entries(scores).map(([name, values]) => [name, values[0]]));
}

test('a head on the previous token', () => {
  expect(scoresOf((query) => Math.max(0, query - 1))).toEqual({
    previousToken: 1,
    duplicateToken: 0,
    induction: 0,
    firstToken: Math.fround(2 / 7),
  });
});

test('a head on the earlier equal token', () => {
  expect(scoresOf((query) => (query >= 4 ? query - 3 : query))).toEqual({
    previousToken: 0,
    duplicateToken: Math.fround(3 / 7),
    induction: 0,
    firstToken: Math.fround(1 / 7),
  });
});

test('a head on the token behind the earlier equal one, which is the previous one only there', () => {
  expect(scoresOf((query) => (query >= 4 ? query - 2 : query))).toEqual({
    previousToken: 0,
    duplicateToken: 0,
    induction: 1,
    firstToken: Math.fround(1 / 7),
  });
});

test('a head on the first token has no other role', () => {
  expect(scoresOf(() => 0)).toEqual({
    previousToken: Math.fround(1 / 6),
    duplicateToken: 0,
    induction: 0,
    firstToken: 1,
  });
});

test('samples are averaged head by head', () => {
  const scores = (value: number) => ({
    previousToken: Float32Array.of(value, 0),
    duplicateToken: Float32Array.of(0, value),
    induction: Float32Array.of(value, value),
    firstToken: Float32Array.of(1, 0),
  });
  expect(meanScores([scores(0), scores(1)])).toEqual({ ...scores(0.5), firstToken: Float32Array.of(1, 0) });
});
