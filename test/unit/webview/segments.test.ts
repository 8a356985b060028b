import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lineOffsets } from '../../../src/protocol/lines.ts';
import type { Token } from '../../../src/protocol/run.ts';
import { lineOfTokens, lineStarts, segmentText, type Piece } from '../../../webview-ui/shared/text/segments.ts';

function tokensOf(text: string, ...cuts: readonly number[]): readonly Token[] {
  return cuts
    .slice(1)
    .map((end, place) => ({ id: place, text: text.slice(cuts[place], end), start: cuts[place]!, end }));
}

const flat = (pieces: readonly Piece[]): readonly string[] =>
  pieces.map(({ kind, text, token }) => `${kind} ${token ?? '-'} ${text}`);

describe('segmentText', () => {
  it('splits tokens at line ends and parts the spaces before a word from it', () => {
    const text = 'a b\r\n  c\n';
    const lines = segmentText(text, tokensOf(text, 0, 1, 7, 8, 9));
    expect(lines.map(({ pieces }) => flat(pieces))).toEqual([
      ['core 0 a', 'lead 1  ', 'core 1 b', 'break 1 \r\n'],
      ['core 1   ', 'core 2 c', 'break 3 \n'],
    ]);
  });

  it('gives a token without text its place after the character it shares', () => {
    const text = 'x🐈y';
    const tokens: Token[] = [
      { id: 0, text: 'x', start: 0, end: 1 },
      { id: 1, text: '\uFFFD', start: 1, end: 3 },
      { id: 2, text: '\uFFFD', start: 3, end: 3 },
      { id: 3, text: 'y', start: 3, end: 4 },
    ];
    expect(flat(segmentText(text, tokens)[0]!.pieces)).toEqual(['core 0 x', 'core 1 🐈', 'part 2 ', 'core 3 y']);
  });

  it('puts tokens without text behind the letters of a word, which would not be joined otherwise', () => {
    const text = 'مرح به';
    const tokens = Array.from(text).flatMap((letter, start): Token[] => {
      const own = { id: 0, text: letter, start, end: start + 1 };
      return letter === ' ' ? [own] : [own, { ...own, start: start + 1 }];
    });
    expect(segmentText(text, tokens)[0]!.pieces.map(({ kind, text: own }) => own || kind)).toEqual([
      ...['م', 'ر', 'ح', 'part', 'part', 'part', ' '],
      ...['ب', 'ه', 'part', 'part'],
    ]);
  });

  it('keeps special tokens in order and shows text between tokens plainly', () => {
    const tokens: Token[] = [
      { id: 0, text: '[CLS]', start: -1, end: -1 },
      { id: 1, text: 'b', start: 2, end: 3 },
      { id: 2, text: '[SEP]', start: -1, end: -1 },
    ];
    expect(flat(segmentText('a b c', tokens)[0]!.pieces)).toEqual([
      'special 0 [CLS]',
      'plain - a ',
      'core 1 b',
      'special 2 [SEP]',
      'plain -  c',
    ]);
  });

  it('loses and repeats no character, whatever the ranges', () => {
    const place = fc.nat({ max: 40 });
    const range = fc.oneof(fc.constant([-1, -1] as const), fc.tuple(place, place));
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', ' ', '\n', '\r', '\t', '🐈'), maxLength: 30 }),
        fc.array(range),
        (text, ranges) => {
          const tokens = ranges.map(([start, end], id) => ({ id, text: '', start, end }));
          const pieces = segmentText(text, tokens).flatMap((line) => line.pieces);
          expect(
            pieces
              .filter(({ kind }) => kind !== 'special')
              .map((piece) => piece.text)
              .join(''),
          ).toBe(text);
          const shown = new Set(pieces.map(({ token }) => token).filter((token) => token !== undefined));
          expect(shown.size).toBe(tokens.length);
        },
      ),
    );
  });

  it('knows the lines of tokens and the first token of each past its indentation', () => {
    const text = 'if x\n\ty\n';
    const tokens = tokensOf(text, 0, 2, 4, 5, 6, 7, 8);
    expect([...lineStarts(segmentText(text, tokens))]).toEqual([0, 4]);
    expect([...lineOfTokens(lineOffsets(text), tokens)]).toEqual([0, 0, 0, 1, 1, 1]);
  });

  it('ends a line once where two tokens share its end', () => {
    const text = 'a\r\n\rb';
    expect(segmentText(text, tokensOf(text, 0, 2, 4, 5)).map(({ pieces }) => flat(pieces))).toEqual([
      ['core 0 a', 'break 0 \r', 'break 1 \n'],
      ['break 1 \r'],
      ['core 2 b'],
    ]);
  });
});
