import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TokenEncoder } from '../../../src/model/tokens/tokenEncoder.ts';
import type { Token } from '../../../src/protocol/run.ts';
import { coarse, lossless, lossy } from './kinds.ts';
import { addedTokensOf, hardText, inText, tokenizerOf } from './tokenizers.ts';

const runs = { numRuns: 60 };

async function textTokens(encoder: TokenEncoder, text: string): Promise<readonly Token[]> {
  return inText((await encoder.encode(text)).tokens);
}

describe.each(Object.entries({ ...lossless, ...lossy, ...coarse }))('%s', (_, make) => {
  const encoder = new TokenEncoder(make());

  test('spans are in order, in the text, and cut no surrogate pair', () =>
    fc.assert(
      fc.asyncProperty(hardText, async (text) => {
        let position = 0;
        for (const { start, end } of await textTokens(encoder, text)) {
          expect(start).toBeGreaterThanOrEqual(position);
          expect(end).toBeGreaterThanOrEqual(start);
          expect(cutsPair(text, start) || cutsPair(text, end)).toBe(false);
          position = end;
        }
        expect(position).toBeLessThanOrEqual(text.length);
      }),
      runs,
    ));

  test('a prefix has at most so many tokens, they are its own, and no more fit', () =>
    fc.assert(
      fc.asyncProperty(hardText, fc.integer({ min: 0, max: 40 }), async (text, limit) => {
        const { tokens, ids, usedLength } = await encoder.encodePrefix(text, limit);
        const whole = await encoder.encode(text);
        expect(ids.length).toBeLessThanOrEqual(limit);
        expect(cutsPair(text, usedLength)).toBe(false);
        if (limit >= whole.ids.length)
          expect({ tokens, ids, usedLength }).toEqual({ ...whole, usedLength: text.length });
        for (const { end } of inText(whole.tokens.slice(0, limit))) {
          if (end <= usedLength) continue;
          expect((await encoder.encode(text.slice(0, end))).ids.length).toBeGreaterThan(limit);
        }
        if (ids.length > 0) expect({ tokens, ids }).toEqual(await encoder.encode(text.slice(0, usedLength)));
      }),
      runs,
    ));
});

test.each(Object.entries(lossless))('spans join to the text: %s', (_, make) => {
  const encoder = new TokenEncoder(make());
  return fc.assert(
    fc.asyncProperty(hardText, async (text) => {
      const spans = await textTokens(encoder, text);
      expect(spans.map(({ start, end }) => text.slice(start, end)).join('')).toBe(text);
    }),
    runs,
  );
});

test.each(Object.entries(lossy))('what lies between the spans has no tokens: %s', (_, make) => {
  const encoder = new TokenEncoder(make());
  return fc.assert(
    fc.asyncProperty(hardText, async (text) => {
      const tokens = await textTokens(encoder, text);
      const bounds = [0, ...tokens.flatMap(({ start, end }) => [start, end]), text.length];
      for (let index = 0; index < bounds.length; index += 2) {
        const gap = text.slice(bounds[index], bounds[index + 1]);
        expect((await textTokens(encoder, gap)).filter(({ start, end }) => start < end)).toEqual([]);
      }
    }),
    runs,
  );
});

test('tokens in their places, with their texts', async () => {
  const shown = async (folder: string, text: string): Promise<readonly unknown[]> => {
    const { tokens } = await new TokenEncoder(tokenizerOf(folder)).encode(text);
    return tokens.map((token) => [token.text, token.start, token.end]);
  };
  expect(await shown('models/default', 'Hello, wörld 👩\r\n\ud800')).toEqual([
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
  expect(await shown('test/vectors/bert', ' The CAFE\u0301,\t中 👩')).toEqual([
    ['[CLS]', -1, -1],
    ['The', 1, 4],
    ['C', 5, 6],
    ['A', 6, 7],
    ['F', 7, 8],
    ['E\u0301', 8, 10],
    [',', 10, 11],
    ['中', 12, 13],
    ['[UNK]', 14, 16],
    ['[SEP]', -1, -1],
  ]);
  expect(await shown('test/vectors/llama', 'x 👩')).toEqual([
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

test('added tokens stand for themselves, and some for the space beside them', async () => {
  const added = addedTokensOf('test/vectors/gpt2', [
    { content: '12', lstrip: true, rstrip: true },
    { content: 'İX', lstrip: true, normalized: true },
    { content: '122' },
  ]);
  const tokenizer = tokenizerOf('test/vectors/gpt2', { ...added, normalizer: { type: 'Lowercase' } });
  const { tokens } = await new TokenEncoder(tokenizer).encode('a 12 b12  122 İx İX');
  expect(tokens.map((token) => [token.text, token.start, token.end])).toEqual([
    ['a', 0, 1],
    [' 12 ', 1, 5],
    ['b', 5, 6],
    ['12  ', 6, 10],
    ['122', 10, 13],
    [' İx', 13, 16],
    [' İX', 16, 19],
  ]);
});

test('a mark that a normaliser joins to its letter belongs to the letter’s token', async () => {
  const encoder = new TokenEncoder(tokenizerOf('test/vectors/qwen3'));
  const spans = (await textTokens(encoder, 'e\u0301x')).map(({ start, end }) => [start, end]);
  expect(spans).toEqual([
    [0, 2],
    [2, 2],
    [2, 3],
  ]);
});

describe('a long text', () => {
  const line = 'The quick brown fox jumps over the lazy dog. ';

  test('is cut behind the last token that fits', async () => {
    const encoder = new TokenEncoder(tokenizerOf('models/default'));
    const text = line.repeat(200_000);
    const { ids, tokens, usedLength } = await encoder.encodePrefix(text, 100);
    const expected = (await encoder.encode(text.slice(0, 2000))).tokens.slice(0, 100);
    expect(tokens).toEqual(expected);
    expect(ids).toHaveLength(100);
    expect(usedLength).toBe(expected.at(-1)?.end);
  });

  test('is never cut inside a character', async () => {
    const encoder = new TokenEncoder(tokenizerOf('test/vectors/gpt2'));
    const limits = Array.from({ length: 13 }, (_, limit) => limit);
    const prefixes = await Promise.all(limits.map((limit) => encoder.encodePrefix('👩👩👩', limit)));
    expect(prefixes.map(({ usedLength }) => usedLength)).toEqual([0, 0, 0, 0, 2, 2, 2, 2, 4, 4, 4, 4, 6]);
  });

  test('leaves room for the special tokens behind it', async () => {
    const encoder = new TokenEncoder(tokenizerOf('test/vectors/bert'));
    expect(await encoder.encodePrefix('a b c', 4)).toMatchObject({ usedLength: 3 });
    expect(await encoder.encodePrefix('a b c', 2)).toMatchObject({ ids: { length: 2 }, usedLength: 0 });
    expect(await encoder.encodePrefix('a b c', 1)).toEqual({ ids: [], tokens: [], usedLength: 0 });
  });

  test('may stack a million marks on one letter', async () => {
    const encoder = new TokenEncoder(tokenizerOf('test/vectors/bert'));
    const text = `e${'\u0301\u0323'.repeat(500_000)}`;
    expect(await encoder.encodePrefix(text, 512)).toMatchObject({ ids: { length: 3 }, usedLength: text.length });
  });
});

/** Whether a boundary lies between the two halves of a surrogate pair. */
function cutsPair(text: string, position: number): boolean {
  return (text.codePointAt(position - 1) ?? 0) > 0xffff && position > 0;
}
