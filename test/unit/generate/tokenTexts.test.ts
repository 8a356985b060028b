import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TokenTexts } from '../../../src/model/tokens/tokenTexts.ts';
import { tokenizerOf } from '../tokens/tokenizers.ts';
import { folderOf } from './support.ts';

const emoji = '👩‍💻';

describe.each(['models/default', 'test/vectors/gpt2', 'test/vectors/qwen3', 'test/vectors/gpt-neox'])(
  '%s',
  (folder) => {
    const tokenizer = tokenizerOf(folder);
    const texts = new TokenTexts(tokenizer);

    test('all tokens together say the text, whatever the characters', async () => {
      const anyText = fc.oneof(
        fc.string({ unit: 'grapheme' }),
        fc.string({ unit: 'binary' }),
        fc.constant(`x ${emoji}\r\n\t`),
      );
      await fc.assert(
        fc.asyncProperty(anyText, async (text) => {
          // Two of the tokenizers normalise first.
          const source = text.normalize('NFC');
          const joined = texts.join((await tokenizer.encode(source, 'text')).ids);
          expect(joined.text).toBe(source);
          expect(joined.spans.map(({ start, end }) => source.slice(start, end)).join('')).toBe(source);
        }),
      );
    });

    test('a part of a character is shown as its bytes until it is whole', async () => {
      const { ids } = await tokenizer.encode('👩', 'text');
      expect(ids.length).toBeGreaterThan(1);
      expect(texts.join(ids.slice(0, 1)).text).toMatch(/^(<0x[0-9A-F]{2}>)+$/);
      expect(texts.text(ids[0]!)).toBe(texts.join(ids.slice(0, 1)).text);
      const { text, spans } = texts.join(ids);
      expect(text).toBe('👩');
      expect(spans).toEqual([{ start: 0, end: 2 }, ...ids.slice(1).map(() => ({ start: 2, end: 2 }))]);
    });
  },
);

describe('with byte fallback', () => {
  const tokenizer = tokenizerOf('test/vectors/llama');
  const texts = new TokenTexts(tokenizer);

  test('bytes of a character are joined', async () => {
    const { ids } = await tokenizer.encode(emoji, 'text');
    expect(texts.join(ids).text).toBe(` ${emoji}`);
    expect(texts.join(ids.slice(0, 3)).text).toMatch(/<0x[0-9A-F]{2}>$/);
  });

  test('a blank before a word is kept, because text goes on', async () => {
    const { ids } = await tokenizer.encode('road', 'text');
    expect(texts.join(ids).text).toBe(' road');
  });
});

test('control tokens and ids without a token have a text of their own', () => {
  const texts = new TokenTexts(tokenizerOf('test/vectors/gpt2'));
  const end = JSON.parse(readFileSync(path.join(folderOf('gpt2'), 'config.json'), 'utf8')) as { eos_token_id: number };
  expect(texts.text(end.eos_token_id)).toBe('<|endoftext|>');
  expect(texts.text(999_999)).toBe('<999999>');
});
