import { randomUUID } from 'node:crypto';
import type { TokenizerJson } from './tokenizerFiles.ts';

/** A tokenizer that reads special tokens in a text as text, and the names by which it knows them. */
export interface SpecialTokensAsText {
  readonly tokenizer: TokenizerJson;
  /** Names by the tokens' content. */
  readonly names: ReadonlyMap<string, string>;
}

/**
 * Gives every special token a name that no text holds, in the vocabulary too, where a word or a merge might lead to it.
 * Ids stay as they are: the library counts added tokens up, so that leaving one out would move those behind it.
 */
export function specialTokensAsText(tokenizer: TokenizerJson): SpecialTokensAsText {
  const special = (tokenizer.added_tokens ?? []).filter((token) => token.special);
  const names = new Map(special.map(({ content }) => [content, randomUUID()]));
  const renamed = (content: string): string => names.get(content) ?? content;
  const { model } = tokenizer;
  return {
    names,
    tokenizer: {
      ...tokenizer,
      added_tokens: tokenizer.added_tokens?.map((token) => ({
        ...token,
        content: token.special ? renamed(token.content) : token.content,
      })),
      model: {
        ...model,
        vocab: Array.isArray(model.vocab)
          ? model.vocab.map((entry: unknown) => (isPiece(entry) ? [renamed(entry[0]), ...entry.slice(1)] : entry))
          : Object.fromEntries(Object.entries(model.vocab).map(([token, id]) => [renamed(token), id])),
        ...(model.merges && { merges: model.merges.filter((merge) => !makesOneOf(names, merge)) }),
        ...(typeof model.unk_token === 'string' && { unk_token: renamed(model.unk_token) }),
      },
    },
  };
}

/** An entry of a unigram vocabulary: the piece and its score. */
function isPiece(entry: unknown): entry is readonly [string, ...unknown[]] {
  return Array.isArray(entry) && typeof entry[0] === 'string';
}

/** A merge is written “a b” or ["a", "b"]. */
function makesOneOf(names: ReadonlyMap<string, string>, merge: unknown): boolean {
  const [left, right] = typeof merge === 'string' ? merge.split(' ') : Array.isArray(merge) ? (merge as unknown[]) : [];
  if (typeof left !== 'string' || typeof right !== 'string') return false;
  return names.has(left) || names.has(right) || names.has(left + right);
}
