import { describe, expect, test } from 'vitest';
import { measurePair, measureSink, pairVerdict } from '../../../src/attention/wordPair.ts';
import { wordTokens } from '../../../src/examples/words.ts';

/** Rows of one query in two layers of two heads over four tokens. */
const rows = [
  [0.5, 0.25, 0.25, 0],
  [0.9, 0.1, 0, 0],
  [0, 0.25, 0.5, 0.25],
  [0.6, 0, 0, 0.4],
].map((row) => Float32Array.from(row));

test('the head that puts most on a word of two tokens, and what the others do', () => {
  expect(measurePair(rows, 2, { start: 1, end: 3 }, { start: 3, end: 4 })).toEqual({
    head: { layer: 1, head: 0 },
    weight: 0.75,
    other: 0.25,
    mean: expect.closeTo((0.5 + 0.1 + 0.75) / 4, 6) as number,
    meanOther: expect.closeTo((0.25 + 0.4) / 4, 6) as number,
  });
});

test('what rests on the first token', () => {
  expect(measureSink(rows)).toEqual({ mean: expect.closeTo(0.5, 6) as number, most: 2 });
});

describe('what a pair allows to say', () => {
  const word = { start: 3, end: 5 };
  const measure = { head: { layer: 0, head: 0 }, weight: 0.5, other: 0.25, mean: 0.2, meanOther: 0.1 };

  test('nothing where the other word gets as much in the best head, whatever the rest', () => {
    expect(pairVerdict({ ...measure, other: 0.5 }, ['previousToken'], 5, word)).toBe('otherGetsMore');
  });

  test.each([
    ['previousToken', 5, word, 'role'],
    ['previousToken', 4, word, 'role'],
    ['previousToken', 6, word, 'meanAgrees'],
    ['previousToken', 3, word, 'meanAgrees'],
    ['firstToken', 5, word, 'meanAgrees'],
    ['firstToken', 5, { start: 0, end: 1 }, 'role'],
    ['induction', 5, word, 'meanAgrees'],
  ] as const)('a %s head from %i to %o: %s', (role, query, range, verdict) => {
    expect(pairVerdict(measure, [role], query, range)).toBe(verdict);
  });

  test('whether the mean over all heads agrees, where no role alone leads to the word', () => {
    expect(pairVerdict(measure, [], 5, word)).toBe('meanAgrees');
    expect(pairVerdict({ ...measure, meanOther: 0.2 }, [], 5, word)).toBe('meanDisagrees');
  });
});

describe('the tokens of a word', () => {
  const text = 'The animal, its it: animal]';
  const pieces = ['', 'The', ' an', 'imal', ',', ' its', ' it', ':', ' an', 'imal', ']'];
  let at = 0;
  const tokens = pieces.map((piece, id) => {
    const start = at;
    at += piece.length;
    return id === 0 ? { id, text: 's', start: -1, end: -1 } : { id, text: piece, start, end: at };
  });

  test.each([
    ['animal', 1, { start: 2, end: 4 }],
    ['animal', 2, { start: 8, end: 10 }],
    ['it', 1, { start: 6, end: 7 }],
    [']', 1, { start: 10, end: 11 }],
    ['animal', 3, undefined],
  ])('%s, %i', (word, occurrence, expected) => {
    expect(wordTokens({ text, tokens }, { text: word, occurrence })).toEqual(expected);
  });
});
