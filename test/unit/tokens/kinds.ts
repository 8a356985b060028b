import type { ModelTokenizer } from '../../../src/model/tokens/modelTokenizer.ts';
import { addedTokensOf, modelOf, tokenizerOf } from './tokenizers.ts';

type Kinds = Readonly<Record<string, () => ModelTokenizer>>;

const folder = (name: string): string => `test/vectors/${name}`;
const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false };
const metaspace = (scheme: string): object => ({
  type: 'Metaspace',
  replacement: '▁',
  prepend_scheme: scheme,
  split: true,
});
const split = (pattern: object, behavior: string, invert = false): object => ({
  type: 'Split',
  pattern,
  behavior,
  invert,
});
const replace = (pattern: object, content: string): object => ({ type: 'Replace', pattern, content });

function words(...pretokenizers: readonly object[]): { readonly pre_tokenizer: object } {
  return { pre_tokenizer: { type: 'Sequence', pretokenizers } };
}

function normalized(...normalizers: readonly object[]): { readonly normalizer: object } {
  return { normalizer: { type: 'Sequence', normalizers } };
}

/** As in Llama 3, on the vocabulary of the gpt2 vectors. */
const llama3Words = words(
  split(
    {
      Regex:
        "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
    },
    'Isolated',
  ),
  byteLevel,
);

/** Tokenizers that drop nothing: their spans join to the text. */
export const lossless: Kinds = {
  bundled: () => tokenizerOf('models/default'),
  gpt2: () => tokenizerOf(folder('gpt2')),
  roberta: () => tokenizerOf(folder('roberta')),
  'roberta with a space before the text': () =>
    tokenizerOf(folder('roberta'), { pre_tokenizer: { ...byteLevel, add_prefix_space: true, use_regex: true } }),
  'gpt-neox': () => tokenizerOf(folder('gpt-neox')),
  qwen3: () => tokenizerOf(folder('qwen3')),
  'llama 3': () => tokenizerOf(folder('gpt2'), { ...llama3Words, ...modelOf(folder('gpt2'), { ignore_merges: true }) }),
  'byte-level in NFD': () => tokenizerOf(folder('gpt2'), { normalizer: { type: 'NFD' } }),
  'byte-level in NFKC': () => tokenizerOf(folder('gpt2'), { normalizer: { type: 'NFKC' } }),
  'byte-level in lower case': () => tokenizerOf(folder('gpt2'), { normalizer: { type: 'Lowercase' } }),
  'byte-level, seven units a word': () =>
    tokenizerOf(folder('gpt2'), words({ type: 'FixedLength', length: 7 }, byteLevel)),
  'byte-level, split between characters': () =>
    tokenizerOf(folder('gpt2'), words(split({ Regex: '(?=[A-Zb])' }, 'Isolated'), byteLevel)),
  llama: () => tokenizerOf(folder('llama')),
  gemma3: () => tokenizerOf(folder('gemma3')),
  unigram: () => tokenizerOf(folder('unigram')),
  'unigram with a space before the first section': () =>
    tokenizerOf(folder('unigram'), {
      pre_tokenizer: metaspace('first'),
      ...addedTokensOf(folder('unigram'), [{ content: 'naïve' }]),
    }),
};

/** Tokenizers that drop white space, control characters, accents or unknown characters. */
export const lossy: Kinds = {
  bert: () => tokenizerOf(folder('bert')),
  distilbert: () => tokenizerOf(folder('distilbert')),
  'word pieces between punctuation and digits': () =>
    tokenizerOf(
      folder('bert'),
      words({ type: 'Whitespace' }, { type: 'Punctuation' }, { type: 'Digits', individual_digits: true }),
    ),
  t5: () =>
    tokenizerOf(folder('unigram'), {
      normalizer: { type: 'Nmt' },
      ...words({ type: 'WhitespaceSplit' }, metaspace('always')),
    }),
  clip: () =>
    tokenizerOf(folder('gpt2'), {
      ...normalized({ type: 'NFC' }, replace({ Regex: '\\s+' }, ' '), { type: 'Lowercase' }),
      ...words(split({ Regex: '[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+' }, 'Removed', true), {
        ...byteLevel,
        use_regex: true,
      }),
      ...modelOf(folder('gpt2'), { end_of_word_suffix: '</w>', unk_token: '<|endoftext|>' }),
    }),
  'no byte fallback': () => tokenizerOf(folder('llama'), modelOf(folder('llama'), { byte_fallback: false })),
  'split at what is removed': () =>
    tokenizerOf(folder('gpt2'), words(split({ Regex: '[a-c]+' }, 'Removed'), byteLevel)),
};

/** Tokenizers of whose replaced or unknown characters the library gives a token only some. */
export const coarse: Kinds = {
  albert: () =>
    tokenizerOf(
      folder('unigram'),
      normalized(
        replace({ String: '``' }, '"'),
        { type: 'NFKD' },
        { type: 'StripAccents' },
        { type: 'Lowercase' },
        replace({ Regex: ' {2,}' }, ' '),
        { type: 'Strip', strip_left: false, strip_right: true },
      ),
    ),
  'no unknown token': () =>
    tokenizerOf(folder('llama'), modelOf(folder('llama'), { byte_fallback: false, unk_token: null })),
};
