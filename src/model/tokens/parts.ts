import { mergeSides } from './specialTokens.ts';
import type { TokenizerJson } from './tokenizerFiles.ts';

/** A normaliser, pre-tokenizer or decoder of tokenizer.json. */
type Part = Readonly<Record<string, unknown>>;

/** Names of the lists in which a part of the kind Sequence holds others. */
const lists = ['normalizers', 'pretokenizers', 'decoders'];

/** Whether a part is of this type or holds one that is. */
export function holdsPart(part: unknown, type: string): boolean {
  return partsOf(part).some((one) => one['type'] === type);
}

/** What the library does not refuse but dies of, and its process with it. @returns the name of such a part */
export function fatalPart(tokenizer: TokenizerJson): string | undefined {
  const parts = [tokenizer['normalizer'], tokenizer['pre_tokenizer']].flatMap(partsOf);
  const fatal = parts.find((part) => isFatal(part));
  if (fatal) return String(fatal['type']);
  const { merges, continuing_subword_prefix: prefix } = tokenizer.model;
  if (typeof prefix !== 'string' || prefix === '' || merges === undefined) return undefined;
  return merges.every((merge) => mergeSides(merge)[1].startsWith(prefix)) ? undefined : 'continuing_subword_prefix';
}

function isFatal({ type, length, pattern, precompiled_charsmap: map }: Part): boolean {
  switch (type) {
    case 'FixedLength':
      return length === 0;
    case 'Replace':
      return (pattern as Part | undefined)?.['String'] === '';
    case 'Precompiled':
      return typeof map !== 'string' || !isCharacterMap(Buffer.from(map, 'base64'));
    default:
      return false;
  }
}

/** The size of a trie, the trie in units of 32 bits, and the texts that it leads to. */
function isCharacterMap(bytes: Buffer): boolean {
  const size = bytes.length < 8 ? 0 : bytes.readUInt32LE(0);
  return size > 0 && size % 4 === 0 && 4 + size <= bytes.length;
}

function partsOf(part: unknown): readonly Part[] {
  const found: Part[] = [];
  const waiting = [part];
  while (waiting.length > 0) {
    const next = waiting.pop();
    if (typeof next !== 'object' || next === null) continue;
    found.push(next as Part);
    for (const list of lists) {
      const inner = (next as Part)[list];
      if (Array.isArray(inner)) for (const one of inner as unknown[]) waiting.push(one);
    }
  }
  return found;
}
