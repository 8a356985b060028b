import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TokenEncoder } from '../../../src/model/tokens/tokenEncoder.ts';
import { lossless } from './kinds.ts';
import { addedTokensOf, hardText, inText, modelOf, readJson, tokenizerOf } from './tokenizers.ts';

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

const names = ['gpt2', 'roberta', 'gpt-neox', 'qwen3', 'bert', 'distilbert', 'llama', 'gemma3', 'unigram'];

test.each(names)('special tokens that are typed stay text: %s', (name) => {
  const folder = `test/vectors/${name}`;
  const tokenizer = tokenizerOf(folder);
  const encoder = new TokenEncoder(tokenizer);
  const { added_tokens: added } = readJson(`${folder}/tokenizer.json`) as {
    readonly added_tokens: readonly { readonly id: number; readonly special: boolean }[];
  };
  const control = new Set(added.filter(({ id, special }) => special && id !== tokenizer.unknownId).map(({ id }) => id));
  return fc.assert(
    fc.asyncProperty(typed, async (text) => {
      const tokens = inText((await encoder.encode(text)).tokens);
      expect(tokens.filter(({ id }) => control.has(id))).toEqual([]);
      if (name in lossless) expect(tokens.map(({ start, end }) => text.slice(start, end)).join('')).toBe(text);
    }),
    { numRuns: 100 },
  );
});

describe('asked for as special, a typed special token is one', () => {
  test.each([
    ['gpt2', 'a<|endoftext|>b', [65, 0, 66]],
    ['unigram', '</s>', [1, 1]],
    ['bert', '[SEP]', [2, 3, 3]],
  ])('%s', async (name, text, ids) => {
    const encoder = new TokenEncoder(tokenizerOf(`test/vectors/${name}`));
    const special = await encoder.encode(text, 'special');
    expect(special.ids).toEqual(ids);
    expect(
      inText(special.tokens)
        .map(({ start, end }) => text.slice(start, end))
        .join(''),
    ).toBe(text);
    expect((await encoder.encode(text)).ids).not.toEqual(ids);
    expect((await encoder.encodePrefix(text, 100, 'special')).ids).toEqual(ids);
  });
});

test('names the special tokens that stand in a text', () => {
  const encoder = new TokenEncoder(tokenizerOf('test/vectors/llama'));
  expect(encoder.specialIn('x</s><s>y<pad>')).toEqual(['<s>', '</s>']);
  expect(encoder.specialIn('plain')).toEqual([]);
});

test('an added token keeps its id behind special ones that the vocabulary does not hold', async () => {
  const added = addedTokensOf('test/vectors/gpt2', [{ content: '<|mine|>', special: true }, { content: 'naïve' }]);
  const encoder = new TokenEncoder(tokenizerOf('test/vectors/gpt2', added));
  const [special, plain] = [await encoder.encode('<|mine|>naïve', 'special'), await encoder.encode('naïve')];
  expect(special.ids[1]).toBe(special.ids[0]! + 1);
  expect(plain.ids).toEqual([special.ids[1]]);
});

test('a control token of one character is unknown in text', async () => {
  const tokenizer = tokenizerOf('test/vectors/llama', {
    ...modelOf('test/vectors/llama', {
      vocab: { '<unk>': 0, '<s>': 1, a: 2, '▁': 3, '~': 4, 'a~': 5 },
      merges: ['a ~'],
      byte_fallback: false,
      fuse_unk: false,
    }),
    ...addedTokensOf('test/vectors/llama', [{ id: 4, content: '~', special: true }]),
  });
  const { tokens } = await new TokenEncoder(tokenizer).encode('a~a');
  expect(tokens.map(({ id, start, end }) => [id, start, end])).toEqual([
    [1, -1, -1],
    [3, 0, 0],
    [2, 0, 1],
    [0, 1, 2],
    [2, 2, 3],
  ]);
});

test('a merge that would make a control token is left out', async () => {
  const tokenizer = tokenizerOf('test/vectors/llama', {
    ...modelOf('test/vectors/llama', { vocab: { '<unk>': 0, '<s>': 1, '▁': 2, a: 3, aa: 4 }, merges: ['a a'] }),
    ...addedTokensOf('test/vectors/llama', [{ id: 4, content: 'aa', special: true }]),
  });
  expect((await tokenizer.encode('aa', 'text')).ids).toEqual([2, 3, 3]);
  expect((await tokenizer.encode('aa', 'special')).ids).toEqual([4]);
});

test('a unigram word that is a control token is split', async () => {
  const encoder = new TokenEncoder(tokenizerOf('test/vectors/unigram'));
  const text = '</s>'.repeat(20_000);
  const tokens = inText((await encoder.encode(text)).tokens);
  expect(tokens.map(({ start, end }) => text.slice(start, end)).join('')).toBe(text);
  expect(tokens.filter(({ id }) => id === 1)).toEqual([]);
});
