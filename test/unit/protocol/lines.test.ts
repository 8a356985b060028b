import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lineAt, lineOffsets } from '../../../src/protocol/lines.ts';
import type { RunSummary, Token } from '../../../src/protocol/run.ts';
import { explainedText } from '../../../webview-ui/shared/text/explained.ts';
import { findToken } from '../../../webview-ui/shared/text/findToken.ts';

/** For each place in a text, its end included, the line that VS Code counts there (`createLineStartsFast`). */
function linesOfPlaces(text: string): readonly number[] {
  const lines: number[] = [];
  let line = 0;
  for (let place = 0; place < text.length; place++) {
    lines.push(line);
    const isBreak = text[place] === '\n' || (text[place] === '\r' && text[place + 1] !== '\n');
    if (isBreak) line++;
  }
  return [...lines, line];
}

const texts = fc.string({ unit: fc.constantFrom('a', ' ', '\n', '\r', '\r\n', '\u2028', '🐈'), maxLength: 60 });

/** A text and its tokens: cut anywhere, \r from \n too, with special tokens and tokens without text between them. */
const tokenized = texts.chain((text) =>
  fc
    .record({
      cuts: fc.uniqueArray(fc.nat({ max: text.length }), { maxLength: 30 }),
      special: fc.boolean(),
    })
    .map(({ cuts, special }) => {
      const ends = [...cuts, text.length].sort((a, b) => a - b);
      const own = ends.map((end, id): Token => ({ id, text: '', start: ends[id - 1] ?? 0, end }));
      const tokens = special ? [{ id: 0, text: '[CLS]', start: -1, end: -1 }, ...own] : own;
      return explained(text, tokens);
    }),
);

function explained(text: string, tokens: readonly Token[]) {
  const model = { layers: 1, heads: 1, causal: true };
  const selection = { start: 0, end: tokens.length };
  return explainedText({ text, tokens, model, selection } as unknown as RunSummary);
}

describe('lines of a text', () => {
  it('are those of VS Code', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const offsets = lineOffsets(text);
        expect(Array.from({ length: text.length + 1 }, (_, place) => lineAt(offsets, place))).toEqual(
          linesOfPlaces(text),
        );
      }),
      { numRuns: 500 },
    );
  });

  it('are the same however the text is cut into tokens', () => {
    fc.assert(
      fc.property(tokenized, ({ summary, tokens, lines, lineOf }) => {
        const places = linesOfPlaces(summary.text);
        expect([...lineOf]).toEqual(tokens.map(({ start }) => (start < 0 ? -1 : places[start])));
        const drawn = lines.map(({ pieces }) =>
          pieces.map(({ kind, text }) => (kind === 'special' ? '' : text)).join(''),
        );
        const offsets = lineOffsets(summary.text);
        const expected = offsets.map((start, line) => summary.text.slice(start, offsets[line + 1]));
        // A last line with nothing in it is not drawn.
        expect(drawn).toEqual(expected.slice(0, drawn.length));
        expect(expected.slice(drawn.length).join('')).toBe('');
        drawn.slice(0, -1).forEach((line) => expect(line).toMatch(/[\r\n]$/));
      }),
      { numRuns: 500 },
    );
  });

  it('are found by their number: the first token in them, else the one that reaches over them', () => {
    fc.assert(
      fc.property(tokenized, fc.nat({ max: 30 }), (text, line) => {
        const found = findToken(text, `:${line + 1}`, 0, 1);
        const offset = lineOffsets(text.summary.text)[line];
        const begins = text.lineOf.indexOf(line);
        if (begins >= 0) expect(found).toBe(begins);
        else if (offset === undefined || offset === text.summary.text.length) expect(found).toBeUndefined();
        else expect(text.tokens[found!]).toSatisfy(({ start, end }: Token) => start <= offset && offset < end);
      }),
      { numRuns: 500 },
    );
  });

  it('of 613 lines that end in \\r\\n, each of the two a token', () => {
    const text = Array.from({ length: 613 }, (_, line) => `x${line}\r\n`).join('');
    const tokens = [...text.matchAll(/\r|\n|[^\r\n]+/g)].map(({ 0: own, index }, id) => ({
      id,
      text: own,
      start: index,
      end: index + own.length,
    }));
    const file = explained(text, tokens);
    expect(file.lines).toHaveLength(613);
    expect(file.lineOf[file.names.indexOf('x300')]).toBe(300);
    expect(file.names[findToken(file, ':300', 0, 1)!]).toBe('x299');
  });
});
