import { describe, expect, test } from 'vitest';
import { measurePair, measureSink } from '../../../src/attention/wordPair.ts';
import { tokensOf } from '../../../src/examples/words.ts';

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
    expect(tokensOf({ text, tokens }, { text: word, occurrence })).toEqual(expected);
  });
});
