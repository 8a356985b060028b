import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TokenEncoder } from '../../../src/model/tokens/tokenEncoder.ts';
import { lossless } from './kinds.ts';
import { hardText, inText, libraryIds, modelOf, tokenizerOf } from './tokenizers.ts';

const literals = [
  '<|endoftext|>',
  '<|im_start|>',
  '<s>',
  '</s>',
  '<unk>',
  '<pad>',
  '<bos>',
  '[SEP]',
  '[MASK]',
  '[UNK]',
];

/** Hard text with special tokens typed in it, also in characters that a normaliser makes plain. */
const typed = fc
  .array(fc.oneof(hardText, fc.constantFrom(...literals, '＜/s＞', '＜ｓ＞')), { maxLength: 6 })
  .map((parts) => parts.join(''));

describe.each(['gpt2', 'roberta', 'gpt-neox', 'qwen3', 'bert', 'distilbert', 'llama', 'gemma3', 'unigram'])(
  '%s',
  (name) => {
    const tokenizer = tokenizerOf(`test/vectors/${name}`);
    const encoder = new TokenEncoder(tokenizer);
    const control = new Set(tokenizer.all_special_ids.filter((id) => id !== tokenizer.unk_token_id));

    test('special tokens that are typed stay text', () => {
      fc.assert(
        fc.property(typed, (text) => {
          const tokens = inText(encoder.encode(text).tokens);
          expect(tokens.filter(({ id }) => control.has(id))).toEqual([]);
          if (name in lossless) expect(tokens.map(({ start, end }) => text.slice(start, end)).join('')).toBe(text);
        }),
        { numRuns: 100 },
      );
    });
  },
);

test('the library alone would take a typed special token for the real one', () => {
  const tokenizer = tokenizerOf('test/vectors/gpt2');
  const text = 'a<|endoftext|>b';
  expect(libraryIds(tokenizer, text)).toHaveLength(3);
  const { tokens } = new TokenEncoder(tokenizer).encode(text);
  expect(tokens.map((token) => token.text).join('')).toBe(text);
  expect(tokens.length).toBeGreaterThan(3);
});

test('a control token of one character is unknown in text', () => {
  const tokenizer = tokenizerOf('test/vectors/llama', {
    ...modelOf('test/vectors/llama', {
      vocab: { '<unk>': 0, '<s>': 1, a: 2, '▁': 3, '~': 4 },
      merges: [],
      byte_fallback: false,
      fuse_unk: false,
    }),
    added_tokens: [{ id: 4, content: '~', special: true }],
  });
  expect(new TokenEncoder(tokenizer).encode('a~a').tokens.map(({ id, start, end }) => [id, start, end])).toEqual([
    [1, -1, -1],
    [3, 0, 0],
    [2, 0, 1],
    [0, 1, 2],
    [2, 2, 3],
  ]);
});

test('many typed special tokens do not take long or overflow the stack', () => {
  const encoder = new TokenEncoder(tokenizerOf('test/vectors/unigram'));
  const text = '</s>'.repeat(20_000);
  const tokens = inText(encoder.encode(text).tokens);
  expect(tokens.map(({ start, end }) => text.slice(start, end)).join('')).toBe(text.slice(0, tokens.at(-1)?.end));
});
