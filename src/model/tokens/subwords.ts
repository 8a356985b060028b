import type { Span } from './alignedText.ts';
import { byteLabel } from './byteLevel.ts';
import { type LibraryBpe, type LibraryModel, type LibraryUnigram, unplaceable } from './library.ts';

/** A token of the vocabulary and the units of the word that it stands for. */
export interface Subword extends Span {
  readonly token: string;
}

export type SplitWord = (word: string) => readonly Subword[];

/**
 * Follows a subword model of the library: gives the same tokens for a word, each with its place in the word.
 *
 * @throws ExplainError `modelFile` for a kind that is not known, or when the tokens do not add up to the word.
 */
export function compileSubwords(model: LibraryModel): SplitWord {
  if (isBpe(model)) return (word) => bytePairs(model, word);
  if (isUnigram(model)) return (word) => consecutive(word, model.tokenize(word));
  if ('max_input_chars_per_word' in model) return (word) => wordPieces(model, word);
  throw unplaceable('its kind of vocabulary is not known.');
}

function isBpe(model: LibraryModel): model is LibraryBpe {
  return 'bpe' in model;
}

function isUnigram(model: LibraryModel): model is LibraryUnigram {
  return 'populate_nodes' in model;
}

function wordPieces(model: LibraryModel, word: string): Subword[] {
  const tokens = model.encode([word]);
  if (tokens.length === 1 && tokens[0] === model.unk_token)
    return unknownSubword(model, { start: 0, end: word.length });
  const prefixLength = model.config.continuing_subword_prefix?.length ?? 0;
  return consecutive(word, tokens, (token, index) => (index === 0 ? token : token.slice(prefixLength)));
}

function bytePairs(model: LibraryBpe, word: string): Subword[] {
  if (model.ignore_merges && model.tokens_to_ids.has(word)) return [{ token: word, start: 0, end: word.length }];
  const symbols = model.bpe(word);
  const lastLength = model.end_of_word_suffix?.length ?? 0;
  const otherLength = model.continuing_subword_suffix?.length ?? 0;
  const placed = consecutive(word, symbols, (symbol, index) =>
    symbol.slice(0, symbol.length - (index === symbols.length - 1 ? lastLength : otherLength)),
  );
  return placed.flatMap((symbol) => inVocabulary(model, symbol));
}

/** A symbol outside the vocabulary becomes the tokens of its bytes, else the unknown token, else nothing. */
function inVocabulary(model: LibraryBpe, symbol: Subword): Subword[] {
  if (model.tokens_to_ids.has(symbol.token)) return [symbol];
  const bytes = model.byte_fallback ? byteTokens(symbol) : [];
  if (bytes.length > 0 && bytes.every(({ token }) => model.tokens_to_ids.has(token))) return bytes;
  return unknownSubword(model, symbol);
}

/** @returns the unknown token in the place of a word's part; nothing where the vocabulary has none. */
export function unknownSubword(model: LibraryModel, { start, end }: Span): Subword[] {
  return model.unk_token === null || model.unk_token === undefined ? [] : [{ token: model.unk_token, start, end }];
}

function byteTokens({ token, start, end }: Subword): Subword[] {
  return Array.from(new TextEncoder().encode(token), (byte) => ({ token: byteLabel(byte), start, end }));
}

/** Places tokens one after the other; `surface` is the part of the word that a token shows. */
function consecutive(
  word: string,
  tokens: readonly string[],
  surface: (token: string, index: number) => string = (token) => token,
): Subword[] {
  let position = 0;
  const subwords = tokens.map((token, index) => {
    const start = position;
    const part = surface(token, index);
    position += part.length;
    if (!word.startsWith(part, start)) throw unplaceable('its tokens do not add up to the text.');
    return { token, start, end: position };
  });
  if (position !== word.length) throw unplaceable('its tokens do not add up to the text.');
  return subwords;
}
