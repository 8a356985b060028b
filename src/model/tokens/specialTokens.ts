import { randomUUID } from 'node:crypto';
import type { TokenizerJson } from './tokenizerFiles.ts';

type Names = ReadonlyMap<string, string>;

/** A tokenizer that reads special tokens in a text as text, and the names by which it knows them. */
export interface SpecialTokensAsText {
  readonly tokenizer: TokenizerJson;
  /** Names by the tokens' content. */
  readonly names: Names;
}

/**
 * Gives every special token a name that no text holds, in the vocabulary too, where a word or a merge might lead to it.
 * Ids stay as they are: the library counts added tokens up, so that leaving one out would move those behind it.
 */
export function specialTokensAsText(tokenizer: TokenizerJson): SpecialTokensAsText {
  const { added_tokens: added = [], model } = tokenizer;
  const names = new Map(added.filter(({ special }) => special).map(({ content }) => [content, randomUUID()]));
  const addedTokens = added.map((token) => ({ ...token, content: renamed(names, token.content) }));
  return { names, tokenizer: { ...tokenizer, added_tokens: addedTokens, model: withNames(model, names) } };
}

function renamed(names: Names, content: string): string {
  return names.get(content) ?? content;
}

function withNames(model: TokenizerJson['model'], names: Names): TokenizerJson['model'] {
  const { vocab, merges, unk_token: unknown } = model;
  if (Array.isArray(vocab)) return { ...model, vocab: vocab.map((piece) => renamedPiece(names, piece)) };
  const inVocabulary = [...names].filter(([content]) => Object.hasOwn(vocab, content));
  if (inVocabulary.length === 0) return model;
  const copy = { ...vocab };
  for (const [content, name] of inVocabulary) {
    copy[name] = copy[content];
    Reflect.deleteProperty(copy, content);
  }
  const renamedOnes = new Map(inVocabulary);
  return {
    ...model,
    vocab: copy,
    ...(merges && { merges: merges.filter((merge) => !leadsToOne(renamedOnes, merge)) }),
    ...(typeof unknown === 'string' && { unk_token: renamed(names, unknown) }),
  };
}

/** An entry of a unigram vocabulary: the piece and its score. */
function renamedPiece(names: Names, piece: unknown): unknown {
  return Array.isArray(piece) && typeof piece[0] === 'string' && names.has(piece[0])
    ? [names.get(piece[0]), ...(piece as unknown[]).slice(1)]
    : piece;
}

function leadsToOne(names: Names, merge: unknown): boolean {
  const [left, right] = mergeSides(merge);
  return names.has(left) || names.has(right) || names.has(left + right);
}

/** A merge is written “a b” or ["a", "b"]. */
export function mergeSides(merge: unknown): readonly [string, string] {
  if (Array.isArray(merge)) return [String(merge[0]), String(merge[1])];
  const text = String(merge);
  const blank = text.indexOf(' ');
  return [text.slice(0, blank), text.slice(blank + 1)];
}
