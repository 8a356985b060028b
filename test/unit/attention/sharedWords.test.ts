import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { counterparts, occurrencesOf, samePast, sharedWords, tokensOf } from '../../../src/attention/sharedWords.ts';
import type { Token } from '../../../src/protocol/run.ts';

/** Tokens of a text, cut at the given places. */
function tokensAt(text: string, ...cuts: readonly number[]): readonly Token[] {
  const starts = [0, ...cuts];
  return starts.map((start, index) => {
    const end = starts[index + 1] ?? text.length;
    return { id: index, text: text.slice(start, end), start, end };
  });
}

function names(first: string, second: string): readonly string[] {
  return sharedWords(first, second).map(({ word }) => word);
}

describe('shared words', () => {
  test('longest first', () => {
    expect(names('The crane flew away.', 'The crane lifted a car.')).toEqual(['crane', 'The']);
    expect(names('let item_count = 0;', 'return item_count + 0;')).toEqual(['item_count', '0']);
  });

  test('are whole words, with their apostrophes, marks and case', () => {
    expect(names('crane', 'cranes Crane')).toEqual([]);
    expect(names("It didn't.", "He didn't.")).toEqual(["didn't"]);
    expect(names('ein schöner Kranich', 'der schöne, schöner')).toEqual(['schöner']);
    expect(names('鶴 が 飛ぶ', '鶴 が 鳴く')).toEqual(['鶴', 'が']);
  });

  test('know all their places', () => {
    const [crane] = sharedWords('crane crane', 'a crane');
    expect(crane).toEqual({
      word: 'crane',
      first: [
        { start: 0, end: 5 },
        { start: 6, end: 11 },
      ],
      second: [{ start: 2, end: 7 }],
    });
    expect(occurrencesOf(crane!, false)).toEqual([
      { start: 6, end: 11 },
      { start: 2, end: 7 },
    ]);
  });

  test('of a text with itself: the first occurrence and the last one', () => {
    const [crane] = sharedWords('crane crane crane', 'crane crane crane');
    expect(occurrencesOf(crane!, true).map(({ start }) => start)).toEqual([0, 12]);
  });

  test('do not depend on which text comes first', () => {
    const text = fc
      .array(fc.constantFrom('a', 'bb', 'cc', 'ddd', 'Ä', ' ', '.'), { maxLength: 12 })
      .map((parts) => parts.join(' '));
    fc.assert(
      fc.property(text, text, (first, second) => {
        const turned = sharedWords(second, first).map((word) => ({ ...word, first: word.second, second: word.first }));
        expect(turned).toEqual(sharedWords(first, second));
      }),
    );
  });
});

describe('tokens', () => {
  test('of a word are those that cover it, however the spaces are cut', () => {
    const text = 'The crane flew';
    const tokens = tokensAt(text, 3, 6, 9);
    expect(tokensOf(tokens, { start: 4, end: 9 })).toEqual([1, 2]);
    expect(tokensOf([{ id: 9, text: '<s>', start: -1, end: -1 }, ...tokens], { start: 0, end: 3 })).toEqual([1]);
  });

  test('have the n-th of the same name as their counterpart', () => {
    expect([...counterparts(['the', 'a', 'the', 'b'], ['b', 'the', 'c', 'the', 'the'])]).toEqual([1, -1, 3, 0]);
    expect([...counterparts(['b', 'the', 'c', 'the', 'the'], ['the', 'a', 'the', 'b'])]).toEqual([3, 0, -1, 2, -1]);
  });

  test('have the same past where nothing before them differs', () => {
    const first = tokensAt('The crane flew', 3, 9);
    const second = first.map((token, index) => (index === 2 ? { ...token, id: 10 } : token));
    expect(samePast(first, second, [1, 1])).toBe(true);
    expect(samePast(second, first, [1, 1])).toBe(true);
    expect(samePast(first, second, [2, 2])).toBe(false);
    expect(samePast(first, second, [0, 1])).toBe(false);
    expect(samePast(first, second.slice(0, 1), [1, 1])).toBe(false);
  });
});
