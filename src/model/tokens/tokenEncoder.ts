import '../withoutFloat16Array.ts';
import { AutoTokenizer, type PreTrainedTokenizer } from '@huggingface/transformers';
import { ExplainError } from '../../protocol/failure.ts';
import type { Token } from '../../protocol/run.ts';
import { fromByteAlphabet } from './byteLevel.ts';
import { type PlacedToken, TokenPipeline } from './pipeline.ts';

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

/**
 * Tokenizes exactly as the model's own tokenizer does and says which part of the text each token stands for,
 * which transformers.js does not: each step of its pipeline (added tokens, normaliser, pre-tokenizer, subword
 * model, post-processor) is followed on a text that remembers where its characters came from, and compared with
 * what the library makes of the same step.
 *
 * In one thing it differs: special tokens typed in the text (`<|endoftext|>`, `[SEP]`) stay text and are
 * tokenized like any other words, so that no text can take control of the model. (The library turns them into
 * the control token.) Added tokens that are not special, like runs of blanks, are kept.
 *
 * Spans are in order and do not overlap. Where tokens share a character (the bytes of an emoji), the first one
 * owns it and the others have an empty span at its end. Characters that belong to no token are those that the
 * tokenizer drops, e.g. white space in BERT.
 *
 * A token's text is what it stands for in the source. Parts of a character, and what the tokenizer inserts, are
 * shown in the tokenizer's own form (`<0xF0>` for a byte); unknown words as its unknown token.
 */
export class TokenEncoder {
  private readonly pipeline: TokenPipeline;

  /** @throws ExplainError `modelFile` for a kind of tokenizer whose tokens cannot be placed in the text. */
  constructor(tokenizer: PreTrainedTokenizer) {
    this.pipeline = new TokenPipeline(tokenizer);
  }

  /** @throws ExplainError `modelFile` when the folder holds no tokenizer that can be used. */
  static async load(modelFolder: string): Promise<TokenEncoder> {
    return new TokenEncoder(await loadTokenizer(modelFolder));
  }

  /** Ids of the special tokens that the tokenizer puts before and after every text. */
  get specialIds(): { readonly before: readonly number[]; readonly after: readonly number[] } {
    const { before, after, vocabulary } = this.pipeline;
    const idsOf = (tokens: readonly string[]): number[] => tokens.map((token) => vocabulary.idOf(token));
    return { before: idsOf(before), after: idsOf(after) };
  }

  /**
   * Tokenizes a text, with the special tokens that the tokenizer adds by itself.
   *
   * @throws ExplainError `modelFile` when a step turns out other than the library's.
   */
  encode(text: string): EncodedText {
    const { before, after } = this.pipeline;
    const tokens = [
      ...before.map((token) => this.specialToken(token)),
      ...this.textTokens(text),
      ...after.map((token) => this.specialToken(token)),
    ];
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
  encodePrefix(text: string, limit: number): EncodedPrefix {
    const { before, after } = this.pipeline;
    if (before.length + after.length > limit) return { ids: [], tokens: [], usedLength: 0 };
    let length = Math.max(limit * unitsPerToken, 1);
    let encoded = this.encode(text.slice(0, length));
    while (length < text.length && encoded.tokens.length <= limit + tokensBehindLimit) {
      length *= 2;
      encoded = this.encode(text.slice(0, length));
    }
    if (encoded.tokens.length <= limit) return { ...encoded, usedLength: text.length };
    return this.longestFitting(text, limit, encoded.tokens);
  }

  /** A prefix alone may make other tokens than it makes in its text: shorten it until they fit. */
  private longestFitting(text: string, limit: number, tokens: readonly Token[]): EncodedPrefix {
    let usedLength = tokens[limit - 1]?.end ?? 0;
    while (usedLength > 0) {
      const encoded = this.encode(text.slice(0, usedLength));
      if (encoded.tokens.length <= limit) return { ...encoded, usedLength };
      usedLength = tokens.findLast(({ end }) => end >= 0 && end < usedLength)?.end ?? 0;
    }
    return { ...this.encode(''), usedLength: 0 };
  }

  /** Gives shared characters to their first token, and every token its text for display. */
  private textTokens(source: string): Token[] {
    const placed = this.pipeline.place(source);
    let taken = 0;
    return placed.map((token, index) => {
      const next = placed[index + 1];
      const sharesEnd = next !== undefined && next.start < next.end && next.start < token.end;
      const isWhole = token.start < token.end && token.start >= taken && !sharesEnd;
      const start = Math.max(token.start, taken);
      const end = Math.max(token.end, start);
      taken = end;
      const text = this.display(token, isWhole, source);
      return { id: this.pipeline.vocabulary.idOf(token.token), text, start, end };
    });
  }

  private display({ token, start, end }: PlacedToken, isWhole: boolean, source: string): string {
    const { vocabulary, inByteAlphabet } = this.pipeline;
    if (vocabulary.isUnknown(token)) return vocabulary.unknownToken ?? token;
    if (isWhole) return source.slice(start, end);
    return inByteAlphabet ? fromByteAlphabet(token) : token;
  }

  private specialToken(token: string): Token {
    return { id: this.pipeline.vocabulary.idOf(token), text: token, start: -1, end: -1 };
  }
}

export async function loadTokenizer(modelFolder: string): Promise<PreTrainedTokenizer> {
  try {
    return await AutoTokenizer.from_pretrained(modelFolder, { local_files_only: true });
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    const message = `The model's tokenizer cannot be loaded: ${detail}`;
    const advice = 'Check that tokenizer.json and tokenizer_config.json are complete, or choose another model.';
    throw new ExplainError({ code: 'modelFile', message, advice }, { cause });
  }
}
