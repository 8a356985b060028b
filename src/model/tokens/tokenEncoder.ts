import type { SpecialTokens, Token } from '../../protocol/run.ts';
import { bytesInAlphabet, readableText } from './byteLevel.ts';
import type { LibraryTokens, ModelTokenizer } from './modelTokenizer.ts';
import type { TokensAround } from './tokensAround.ts';

export interface EncodedText {
  /** One for each token. */
  readonly ids: readonly number[];
  readonly tokens: readonly Token[];
}

export interface EncodedPrefix extends EncodedText {
  /** UTF-16 units of the text that the tokens stand for. */
  readonly usedLength: number;
}

/** A long text is cut for tokenizing so many tokens behind the limit: where it ends changes only tokens near its end. */
const tokensBehindLimit = 64;

/** A guess to start from; the part is doubled until it holds enough tokens. */
const unitsPerToken = 8;

const nothing: EncodedPrefix = { ids: [], tokens: [], usedLength: 0 };

/**
 * Tokens of a text with the parts of it that they stand for.
 *
 * Special tokens whose names stand in the text (`<|endoftext|>`, `[SEP]`) are tokenized like any other words unless
 * asked otherwise, so that no text takes control of the model by accident. Added tokens that are not special, like runs
 * of blanks, are kept.
 *
 * Spans are in order and do not overlap. Where tokens share a character (the bytes of an emoji), the first one
 * owns it and the others have an empty span at its end. Characters that belong to no token are those that the
 * tokenizer drops, e.g. white space in BERT, or replaces together with the one before. A lone surrogate is read as
 * U+FFFD.
 *
 * A token's text is what it stands for in the source. Parts of a character, and what the tokenizer inserts, are
 * shown in the tokenizer's own form (`<0xF0>` for a byte); unknown words as its unknown token.
 */
export class TokenEncoder {
  constructor(private readonly tokenizer: ModelTokenizer) {}

  /** Ids of the special tokens that the tokenizer puts before and after every text. */
  get specialIds(): TokensAround {
    return this.tokenizer.around;
  }

  /** The special tokens whose names stand in a text. */
  specialIn(text: string): readonly string[] {
    return this.tokenizer.specialIn(text);
  }

  /**
   * Tokenizes a text, with the special tokens that the tokenizer adds by itself.
   *
   * @throws ExplainError `modelFile` when the vocabulary has no token for a part of the text.
   */
  async encode(text: string, specialTokens: SpecialTokens = 'text'): Promise<EncodedText> {
    const { before, after } = this.tokenizer.around;
    const found = await this.tokenizer.encode(text, specialTokens);
    const special = (id: number): Token => ({ id, text: this.tokenizer.token(id) ?? `<${id}>`, start: -1, end: -1 });
    const tokens = [...before.map(special), ...this.textTokens(text, found), ...after.map(special)];
    return { ids: tokens.map((token) => token.id), tokens };
  }

  /**
   * Tokenizes as much of a text as fits: its longest prefix that ends with a token of the whole text, never
   * inside a character, and has at most `limit` tokens, special tokens included. Time and memory grow with the
   * limit, not with the text.
   *
   * @returns no tokens at all when the limit does not even hold the special tokens.
   * @throws ExplainError as `encode`.
   */
  async encodePrefix(text: string, limit: number, specialTokens: SpecialTokens = 'text'): Promise<EncodedPrefix> {
    const { before, after } = this.tokenizer.around;
    if (before.length + after.length > limit) return nothing;
    let length = Math.max(limit * unitsPerToken, 1);
    let encoded = await this.encode(text.slice(0, length), specialTokens);
    while (length < text.length && encoded.tokens.length <= limit + tokensBehindLimit) {
      length *= 2;
      encoded = await this.encode(text.slice(0, length), specialTokens);
    }
    if (encoded.tokens.length <= limit) return { ...encoded, usedLength: text.length };
    return this.longestFitting(text, limit, encoded.tokens, specialTokens);
  }

  /** A prefix alone may make other tokens than it makes in its text: shorten it until they fit. */
  private async longestFitting(
    text: string,
    limit: number,
    tokens: readonly Token[],
    specialTokens: SpecialTokens,
  ): Promise<EncodedPrefix> {
    let usedLength = tokens[limit - 1]?.end ?? 0;
    while (usedLength > 0) {
      const encoded = await this.encode(text.slice(0, usedLength), specialTokens);
      if (encoded.tokens.length <= limit) return { ...encoded, usedLength };
      usedLength = tokens.findLast(({ end }) => end >= 0 && end < usedLength)?.end ?? 0;
    }
    return { ...(await this.encode('')), usedLength: 0 };
  }

  /** Gives shared characters to their first token, and every token its text for display. */
  private textTokens(source: string, { ids, spans }: LibraryTokens): Token[] {
    let taken = 0;
    return ids.map((id, index) => {
      const span = spans[index]!;
      const next = spans[index + 1];
      const sharesEnd = next !== undefined && next.start < next.end && next.start < span.end;
      const isWhole = span.start < span.end && span.start >= taken && !sharesEnd;
      const start = Math.max(span.start, taken);
      const isInserted = sharesEnd && next.start === span.start && this.isInserted(id, source, start);
      const end = isInserted ? start : Math.max(span.end, start);
      taken = end;
      return { id, text: isWhole ? this.whole(id, source.slice(start, end)) : this.part(id), start, end };
    });
  }

  /** Whether a token is the blank that a tokenizer puts before a word; the library gives it the word's first character. */
  private isInserted(id: number, source: string, start: number): boolean {
    return /^[▁Ġ ]$/.test(this.tokenizer.token(id) ?? '') && !/^[\s▁]/.test(source.slice(start, start + 1));
  }

  private whole(id: number, text: string): string {
    return id === this.tokenizer.unknownId ? (this.tokenizer.token(id) ?? text) : text;
  }

  private part(id: number): string {
    const token = this.tokenizer.token(id) ?? '';
    const isInBytes = this.tokenizer.isByteLevel && !this.tokenizer.added.has(id);
    return isInBytes ? readableText(bytesInAlphabet(token)) : token;
  }
}
