import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TokenEncoder } from '../../../src/model/tokens/tokenEncoder.ts';
import { lossless, lossy } from './kinds.ts';
import { addedTokensOf, hardText, inText, libraryIds, tokenizerOf } from './tokenizers.ts';

const runs = { numRuns: 60 };

describe.each(Object.entries({ ...lossless, ...lossy }))('%s', (_, make) => {
  const tokenizer = make();
  const encoder = new TokenEncoder(tokenizer);

  test('ids are the library’s', () => {
    fc.assert(
      fc.property(hardText, (text) => {
        expect(encoder.encode(text).ids).toEqual(libraryIds(tokenizer, text));
      }),
      runs,
    );
  });

  test('spans are in order, in the text, and cut no surrogate pair', () => {
    fc.assert(
      fc.property(hardText, (text) => {
        let position = 0;
        for (const { start, end } of inText(encoder.encode(text).tokens)) {
          expect(start).toBeGreaterThanOrEqual(position);
          expect(end).toBeGreaterThanOrEqual(start);
          expect(cutsPair(text, start) || cutsPair(text, end)).toBe(false);
          position = end;
        }
        expect(position).toBeLessThanOrEqual(text.length);
      }),
      runs,
    );
  });

  test('a prefix has at most so many tokens, they are its own, and no more fit', () => {
    fc.assert(
      fc.property(hardText, fc.integer({ min: 0, max: 40 }), (text, limit) => {
        const { tokens, ids, usedLength } = encoder.encodePrefix(text, limit);
        const whole = encoder.encode(text);
        expect(ids.length).toBeLessThanOrEqual(limit);
        expect(cutsPair(text, usedLength)).toBe(false);
        if (limit >= whole.ids.length)
          expect({ tokens, ids, usedLength }).toEqual({ ...whole, usedLength: text.length });
        for (const { end } of inText(whole.tokens.slice(0, limit))) {
          if (end > usedLength) expect(encoder.encode(text.slice(0, end)).ids.length).toBeGreaterThan(limit);
        }
        if (ids.length > 0) expect({ tokens, ids }).toEqual(encoder.encode(text.slice(0, usedLength)));
      }),
      runs,
    );
  });
});

describe.each(Object.entries(lossless))('%s', (_, make) => {
  const encoder = new TokenEncoder(make());

  test('spans join to the text', () => {
    fc.assert(
      fc.property(hardText, (text) => {
        const spans = inText(encoder.encode(text).tokens);
        expect(spans.map(({ start, end }) => text.slice(start, end)).join('')).toBe(text);
      }),
      runs,
    );
  });
});

describe.each(Object.entries(lossy))('%s', (_, make) => {
  const encoder = new TokenEncoder(make());

  test('what lies between the spans has no tokens', () => {
    fc.assert(
      fc.property(hardText, (text) => {
        const tokens = inText(encoder.encode(text).tokens);
        const bounds = [0, ...tokens.flatMap(({ start, end }) => [start, end]), text.length];
        for (let index = 0; index < bounds.length; index += 2) {
          const gap = text.slice(bounds[index], bounds[index + 1]);
          expect(inText(encoder.encode(gap).tokens).filter(({ start, end }) => start < end)).toEqual([]);
        }
      }),
      runs,
    );
  });
});

test('tokens in their places, with their texts', () => {
  const shown = (folder: string, text: string): readonly unknown[] =>
    new TokenEncoder(tokenizerOf(folder)).encode(text).tokens.map((token) => [token.text, token.start, token.end]);
  expect(shown('models/default', 'Hello, wörld 👩\r\n\ud800')).toEqual([
    ['<|endoftext|>', -1, -1],
    ['Hello', 0, 5],
    [',', 5, 6],
    [' w', 6, 8],
    ['<0xC3>', 8, 9],
    ['<0xB6>', 9, 9],
    ['r', 9, 10],
    ['ld', 10, 12],
    [' ', 12, 13],
    ['<0xF0>', 13, 15],
    ['<0x9F>', 15, 15],
    ['<0x91>', 15, 15],
    ['<0xA9>', 15, 15],
    ['\r', 15, 16],
    ['\n', 16, 17],
    ['<0xEF>', 17, 18],
    ['<0xBF>', 18, 18],
    ['<0xBD>', 18, 18],
  ]);
  expect(shown('test/vectors/bert', ' The CAFE\u0301,\t中 👩')).toEqual([
    ['[CLS]', -1, -1],
    ['The', 1, 4],
    ['C', 5, 6],
    ['A', 6, 7],
    ['F', 7, 8],
    ['E', 8, 9],
    [',', 10, 11],
    ['中', 12, 13],
    ['[UNK]', 14, 16],
    ['[SEP]', -1, -1],
  ]);
  expect(shown('test/vectors/llama', 'x 👩')).toEqual([
    ['<s>', -1, -1],
    ['▁', 0, 0],
    ['x', 0, 1],
    [' ', 1, 2],
    ['<0xF0>', 2, 4],
    ['<0x9F>', 4, 4],
    ['<0x91>', 4, 4],
    ['<0xA9>', 4, 4],
  ]);
});

test('added tokens stand for themselves, and some for the space beside them', () => {
  const added = addedTokensOf('test/vectors/gpt2', [
    { content: '12', lstrip: true, rstrip: true, normalized: false, special: false },
    { content: 'İX', lstrip: true, normalized: true, special: false },
    { content: '122', normalized: false, special: false },
  ]);
  const tokenizer = tokenizerOf('test/vectors/gpt2', { ...added, normalizer: { type: 'Lowercase' } });
  const text = 'a 12 b12  122 İx İX';
  const { ids, tokens } = new TokenEncoder(tokenizer).encode(text);
  expect(ids).toEqual(libraryIds(tokenizer, text));
  expect(tokens.map((token) => [token.text, token.start, token.end])).toEqual([
    ['a', 0, 1],
    ['12', 2, 4],
    ['b', 5, 6],
    ['12', 6, 8],
    ['122', 10, 13],
    ['İx', 14, 16],
    ['İX', 17, 19],
  ]);
});

describe('a long text', () => {
  const line = 'The quick brown fox jumps over the lazy dog. ';

  test('is cut behind the last token that fits', () => {
    const encoder = new TokenEncoder(tokenizerOf('models/default'));
    const text = line.repeat(200_000);
    const { ids, tokens, usedLength } = encoder.encodePrefix(text, 100);
    const expected = encoder.encode(text.slice(0, 2000)).tokens.slice(0, 100);
    expect(tokens).toEqual(expected);
    expect(ids).toHaveLength(100);
    expect(usedLength).toBe(expected.at(-1)?.end);
  });

  test('is never cut inside a character', () => {
    const encoder = new TokenEncoder(tokenizerOf('test/vectors/gpt2'));
    const cuts = Array.from({ length: 13 }, (_, limit) => encoder.encodePrefix('👩👩👩', limit).usedLength);
    expect(cuts).toEqual([0, 0, 0, 0, 2, 2, 2, 2, 4, 4, 4, 4, 6]);
  });

  test('leaves room for the special tokens behind it', () => {
    const encoder = new TokenEncoder(tokenizerOf('test/vectors/bert'));
    expect(encoder.encodePrefix('a b c', 4)).toMatchObject({ usedLength: 3 });
    expect(encoder.encodePrefix('a b c', 2)).toMatchObject({ ids: { length: 2 }, usedLength: 0 });
    expect(encoder.encodePrefix('a b c', 1)).toEqual({ ids: [], tokens: [], usedLength: 0 });
  });
});

test('marks without end are refused before they take minutes', () => {
  const encoder = new TokenEncoder(tokenizerOf('test/vectors/bert'));
  const marks = '\u0301\u0323';
  expect(encoder.encode(`e${marks.repeat(1000)}`).ids).toHaveLength(3);
  expect(() => encoder.encodePrefix(`e${marks.repeat(1_000_000)}`, 512)).toThrow(/combining marks/);
});

describe('a tokenizer that cannot be followed is refused', () => {
  test('because of its vocabulary', () => {
    const tokenizer = tokenizerOf('test/vectors/gpt2', { model: { type: 'Characters', vocab: { a: 0 } } });
    expect(() => new TokenEncoder(tokenizer)).toThrow(/kind of vocabulary/);
  });

  test('because of its template', () => {
    const twice = { Sequence: { id: 'A', type_id: 0 } };
    const post_processor = { type: 'TemplateProcessing', single: [twice, twice], pair: [] };
    const tokenizer = tokenizerOf('test/vectors/gpt2', { post_processor });
    expect(() => new TokenEncoder(tokenizer)).toThrow(/template/);
  });

  test('where a step gives what was not foreseen', () => {
    const normalizer = { type: 'Replace', pattern: { String: 'x' }, content: '[$&]' };
    const tokenizer = tokenizerOf('test/vectors/gpt2', { normalizer });
    const encoder = new TokenEncoder(tokenizer);
    expect(encoder.encode('abc').ids).toEqual(libraryIds(tokenizer, 'abc'));
    expect(() => encoder.encode('axc')).toThrow(/normalizer «Replace»/);
  });

  test('where the folder holds none', async () => {
    await expect(TokenEncoder.load('test/vectors/router')).rejects.toMatchObject({ failure: { code: 'modelFile' } });
  });
});

/** Whether a boundary lies between the two halves of a surrogate pair. */
function cutsPair(text: string, position: number): boolean {
  return (text.codePointAt(position - 1) ?? 0) > 0xffff && position > 0;
}
