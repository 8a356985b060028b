import { describe, expect, test } from 'vitest';
import { pairingsFound } from '../../../src/attention/pairings.ts';
import { PiecewiseAttention } from '../../../src/attention/source.ts';
import { bracketLines, type PairingText, quotedLines } from '../../../src/model/inspect/pairingTexts.ts';

describe('pairings found', () => {
  /** Two heads of four tokens; only the last row matters. */
  const rows = [
    [0.5, 0.1, 0.3, 0.1],
    [0.1, 0.4, 0.4, 0.1],
  ];
  const weights = Float32Array.from(rows.flatMap((row) => [...new Array<number>(12).fill(0), ...row]));
  const source = new PiecewiseAttention([{ rows: { start: 0, end: 4 }, keys: 4, layers: [weights] }], 2);

  test('the first token is left aside, what is as strong as another is not found', () => {
    expect(pairingsFound(source, [{ closing: 3, opening: 2 }])).toEqual(Float32Array.of(1, 0));
  });

  test('are counted head by head', () => {
    const pairings = [
      { closing: 3, opening: 2 },
      { closing: 3, opening: 1 },
      { closing: 3, opening: 2 },
    ];
    expect(pairingsFound(source, pairings)).toEqual(Float32Array.of(2, 0));
  });
});

describe('generated lines', () => {
  const seeds = Array.from({ length: 20 }, (_, seed) => seed);

  test.each(seeds)('brackets, seed %d: each asked one closes the one that answers', (seed) => {
    const { text, pairs } = bracketLines(seed);
    const openings = matching(text);
    expect(pairs).toHaveLength(9);
    for (const { closing, opening } of pairs) expect(openings.get(closing)).toBe(opening);
  });

  test.each(seeds)('quotes, seed %d: of one kind, around words', (seed) => {
    const { text, pairs } = quotedLines(seed);
    expect(new Set(text.match(/['"]/g)).size).toBe(1);
    expect(pairs.map(({ closing, opening }) => text.slice(opening, closing + 1))).toEqual(
      text.match(/(['"])[a-z ]+\1/g),
    );
  });

  test('no bracket by its number, from either end, answers more often than one time in three', () => {
    const { text, pairs } = bracketLines(3);
    const places = pairs.map((pair) => placesIn({ text, pairs }, pair));
    for (const number of [1, 2, 3, 4, 5]) {
      expect(places.filter(({ first }) => first === number).length).toBeLessThanOrEqual(3);
      expect(places.filter(({ last }) => last === number).length).toBeLessThanOrEqual(3);
    }
  });

  test('are the same for the same seed alone', () => {
    expect(bracketLines(1)).toEqual(bracketLines(1));
    expect(bracketLines(1)).not.toEqual(bracketLines(2));
  });
});

/** Where each closing bracket's opening one stands. */
function matching(text: string): ReadonlyMap<number, number> {
  const open: number[] = [];
  const found = new Map<number, number>();
  for (let place = 0; place < text.length; place++) {
    if (text[place] === '(') open.push(place);
    if (text[place] === ')') found.set(place, open.pop()!);
  }
  expect(open).toEqual([]);
  return found;
}

/** The number of the answer among the line's opening brackets before the asking one, from the first and from the last. */
function placesIn({ text }: PairingText, { closing, opening }: PairingText['pairs'][number]) {
  const lineStart = text.lastIndexOf('\n', opening) + 1;
  const before = text.slice(lineStart, closing).split('(').length - 1;
  const first = text.slice(lineStart, opening).split('(').length;
  return { first, last: before - first + 1 };
}
