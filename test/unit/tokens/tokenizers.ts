import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import type { Token } from '../../../src/protocol/run.ts';
import { ModelTokenizer } from '../../../src/model/tokens/modelTokenizer.ts';
import { tokenizerFiles } from '../../../src/model/tokens/tokenizerFiles.ts';

export type Json = Readonly<Record<string, unknown>>;

const root = path.resolve(import.meta.dirname, '../../..');

export function readJson(file: string): unknown {
  return JSON.parse(readFileSync(path.join(root, file), 'utf8'));
}

/** The tokenizer in a folder of the repository, with parts of its two files replaced. */
export function tokenizerOf(folder: string, changes: Json = {}, configChanges: Json = {}): ModelTokenizer {
  const config = readJson(`${folder}/tokenizer_config.json`) as Json;
  const files = tokenizerFiles(folder, { ...readTokenizer(folder), ...changes }, { ...config, ...configChanges });
  return new ModelTokenizer(files, () => Promise.resolve(files));
}

/** The subword model of a tokenizer, with some of its fields replaced. */
export function modelOf(folder: string, changes: Json): Json {
  return { model: { ...(readTokenizer(folder)['model'] as Json), ...changes } };
}

/** The added tokens of a tokenizer, and more. */
export function addedTokensOf(folder: string, more: readonly Json[]): Json {
  const present = readTokenizer(folder)['added_tokens'] as readonly Json[];
  const plain = { id: 0, single_word: false, lstrip: false, rstrip: false, normalized: false, special: false };
  return { added_tokens: [...present, ...more.map((token) => ({ ...plain, ...token }))] };
}

function readTokenizer(folder: string): Json {
  return readJson(`${folder}/tokenizer.json`) as Json;
}

/** The tokens that stand for text, without the special ones. */
export function inText(tokens: readonly Token[]): readonly Token[] {
  return tokens.filter((token) => token.start >= 0);
}

const offenders = [
  'The café ',
  ' naïve',
  "don't I'LL ",
  'ΑΣ ΟΔΥΣΣΕΥΣ. Σ',
  'İstanbul ǅ ẞ',
  'e\u0301\u0323 a\u0305\u0323 \u0301x',
  '각 \u1100\u1161\u11a8',
  'ｶﾞ ﾊﾟ ﬁ ﷺ ½ ①',
  '👩‍👩‍👧‍👦 👍🏽 🇫🇷 🏴󠁧󠁢󠁥󠁮󠁧󠁿',
  '中文 漢字 𠀀𪛕 豈',
  'שלום عربى हिन्दी নো ไทย',
  '\r\n',
  '\r',
  '\n\n',
  '\t',
  '  ',
  '     ',
  '\0',
  '\ud83d',
  '\ude00',
  '\ufeff',
  '\u00ad\u200b\u2028',
  '▁',
  '～',
  '<0x41>',
  '##',
  '``',
  '12345',
  'x[0]+=y_1;',
  '<b>&amp;</b>',
];

/** Text that tokenizers stumble over: any UTF-16 unit or character, graphemes, and the worst offenders. */
export const hardText: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary', maxLength: 3 }),
      fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
      fc.string({ unit: 'grapheme', maxLength: 4 }),
      fc.constantFrom(...offenders),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''));
