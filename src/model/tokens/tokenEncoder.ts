import { AutoTokenizer, type PreTrainedTokenizer } from '@huggingface/transformers';
import { ExplainError } from '../../protocol/failure.ts';
import type { Token } from '../../protocol/run.ts';
import { AddedTokenFinder } from './addedTokens.ts';
import { AlignedText, type Span } from './alignedText.ts';
import { fromByteAlphabet } from './byteLevel.ts';
import {
  type LibraryAddedToken,
  type LibraryTokenizer,
  libraryTokenizer,
  preTokenizerConfig,
  type PreTokenizerConfig,
  unplaceable,
} from './library.ts';
import { compileNormalizer, compilePreparation, type Normalize } from './normalizers.ts';
import { compilePreTokenizer, type PreTokenize } from './preTokenizers.ts';
import { compileSubwords, type SplitWord, type Subword, unknown } from './subwords.ts';

export interface EncodedText {
  /** One for each token. */
  readonly ids: readonly number[];
  readonly tokens: readonly Token[];
}

export interface EncodedPrefix extends EncodedText {
  /** UTF-16 units of the text that the tokens stand for. */
  readonly usedLength: number;
}

/** A token with the source range that its characters came from, which it may share with its neighbours. */
interface PlacedToken extends Span {
  readonly token: string;
  readonly unknown: boolean;
}

/** Text is tokenized in parts that end so many tokens behind the limit, where the cut no longer changes the tokens. */
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
 */
export class TokenEncoder {
  private readonly library: LibraryTokenizer;
  private readonly addedTokens: ReadonlyMap<string, LibraryAddedToken>;
  private readonly controlTokens: ReadonlySet<string>;
  private readonly rawFinder: AddedTokenFinder;
  private readonly normalizedFinder: AddedTokenFinder;
  private readonly normalize: Normalize;
  private readonly preTokenize: PreTokenize;
  private readonly splitWord: SplitWord;
  private readonly isByteLevel: boolean;
  private readonly before: readonly string[];
  private readonly after: readonly string[];

  /** @throws ExplainError `modelFile` for a kind of tokenizer whose tokens cannot be placed in the text. */
  constructor(tokenizer: PreTrainedTokenizer) {
    const library = libraryTokenizer(tokenizer);
    const { normalizer, pre_tokenizer: preTokenizer, model } = library;
    const config = preTokenizerConfig(tokenizer);
    const added = [...library.get_added_tokens_decoder().values()];
    const ordinary = added.filter((token) => !token.special);
    const normalized = ordinary.filter((token) => token.normalized && normalizer);
    const normalForm = (token: LibraryAddedToken): string => normalizer?.normalize(token.content) ?? token.content;

    this.library = library;
    this.addedTokens = new Map([
      ...ordinary.map((token) => [token.content, token] as const),
      ...normalized.map((token) => [normalForm(token), token] as const),
    ]);
    this.controlTokens = new Set(added.filter((token) => token.special).map((token) => token.content));
    const raw = ordinary.filter((token) => !normalized.includes(token));
    this.rawFinder = new AddedTokenFinder(
      raw.map((token) => token.content),
      this.addedTokens,
    );
    this.normalizedFinder = new AddedTokenFinder(normalized.map(normalForm), this.addedTokens);
    this.normalize = compileNormalize(library);
    this.preTokenize = config && preTokenizer ? compilePreTokenizer(config, preTokenizer) : (text) => [text];
    this.splitWord = compileSubwords(model);
    this.isByteLevel = usesByteLevel(config);
    [this.before, this.after] = specialTokensAround(library);
  }

  /** @throws ExplainError `modelFile` when the folder holds no tokenizer that can be used. */
  static async load(modelFolder: string): Promise<TokenEncoder> {
    let tokenizer: PreTrainedTokenizer;
    try {
      tokenizer = await AutoTokenizer.from_pretrained(modelFolder, { local_files_only: true });
    } catch (cause) {
      const detail = cause instanceof Error ? cause.message : String(cause);
      const message = `The model's tokenizer cannot be loaded: ${detail}`;
      const advice = 'Check that tokenizer.json and tokenizer_config.json are complete, or choose another model.';
      throw new ExplainError({ code: 'modelFile', message, advice }, { cause });
    }
    return new TokenEncoder(tokenizer);
  }

  /** Tokenizes a text, with the special tokens that the tokenizer adds by itself. */
  encode(text: string): EncodedText {
    const tokens = [
      ...this.before.map((token) => this.specialToken(token)),
      ...this.display(this.place(text), text),
      ...this.after.map((token) => this.specialToken(token)),
    ];
    return { ids: tokens.map((token) => token.id), tokens };
  }

  /**
   * Tokenizes as much of a text as fits: its longest prefix that ends with a token of the whole text, never
   * inside a character, and has at most `limit` tokens, special tokens included. Time and memory grow with the
   * limit, not with the text.
   *
   * @returns no tokens at all when the limit does not even hold the special tokens.
   */
  encodePrefix(text: string, limit: number): EncodedPrefix {
    if (this.before.length + this.after.length > limit) return { ids: [], tokens: [], usedLength: 0 };
    let length = Math.max(limit * unitsPerToken, 1);
    let encoded = this.encode(text.slice(0, wholeCharacters(text, length)));
    while (length < text.length && encoded.tokens.length <= limit + tokensBehindLimit) {
      length *= 2;
      encoded = this.encode(text.slice(0, wholeCharacters(text, length)));
    }
    if (encoded.tokens.length <= limit) return { ...encoded, usedLength: text.length };
    return this.longestFitting(text, limit, encoded.tokens);
  }

  private longestFitting(text: string, limit: number, tokens: readonly Token[]): EncodedPrefix {
    let usedLength = tokens[limit - this.after.length - 1]?.end ?? 0;
    while (usedLength > 0) {
      const encoded = this.encode(text.slice(0, usedLength));
      if (encoded.tokens.length <= limit) return { ...encoded, usedLength };
      usedLength = tokens.findLast(({ end }) => end >= 0 && end < usedLength)?.end ?? 0;
    }
    return { ...this.encode(''), usedLength: 0 };
  }

  private place(text: string): PlacedToken[] {
    const source = AlignedText.of(text);
    return this.rawFinder.split(text).flatMap((section, index) => {
      const { start, end, added } = section;
      if (added) return [{ token: added.content, start, end, unknown: false }];
      return start < end ? this.placeSection(this.normalize(source.slice(start, end)), index) : [];
    });
  }

  private placeSection(normalized: AlignedText, index: number): PlacedToken[] {
    return this.normalizedFinder.split(normalized.text).flatMap(({ start, end, added }) => {
      if (added) return [{ token: added.content, ...normalized.sourceSpan({ start, end }), unknown: false }];
      if (start === end) return [];
      return this.fuseUnknown(
        this.preTokenize(normalized.slice(start, end), index).flatMap((word) => this.placeWord(word)),
      );
    });
  }

  private placeWord(word: AlignedText): PlacedToken[] {
    return this.splitAsText(word.text).map((subword) => ({
      token: subword.token,
      ...word.sourceSpan(subword),
      unknown: this.isUnknown(subword.token),
    }));
  }

  /** Where the vocabulary holds a part of a word as a control token, the word is taken apart behind its first character. */
  private splitAsText(word: string): readonly Subword[] {
    const subwords = this.splitWord(word);
    const controls = subwords.filter(({ token }) => this.controlTokens.has(token) && !this.isUnknown(token));
    if (controls.length === 0) return subwords;
    const cuts = [0, ...controls.map(({ start }) => start + characterLength(word, start)), word.length];
    return cuts.slice(1).flatMap((end, index) => {
      const start = cuts[index] ?? 0;
      if (start === 0 && end === word.length) return unknown(this.library.model, { start, end });
      const part = this.splitAsText(word.slice(start, end));
      return part.map((subword) => ({ ...subword, start: start + subword.start, end: start + subword.end }));
    });
  }

  private isUnknown(token: string): boolean {
    const { tokens_to_ids: ids, unk_token_id: unknownId } = this.library.model;
    return (ids.get(token) ?? unknownId) === unknownId;
  }

  /** Some vocabularies make one token of neighbours that they do not know. */
  private fuseUnknown(tokens: readonly PlacedToken[]): readonly PlacedToken[] {
    const { fuse_unk: fuses, tokens_to_ids: ids, unk_token_id: unknownId } = this.library.model;
    if (!fuses) return tokens;
    const fused: PlacedToken[] = [];
    for (const token of tokens) {
      const previous = fused.at(-1);
      if (previous?.unknown && token.unknown) {
        const joined = ids.get(previous.token) === unknownId ? previous.token : previous.token + token.token;
        fused[fused.length - 1] = { ...previous, token: joined, end: Math.max(previous.end, token.end) };
      } else {
        fused.push(token);
      }
    }
    return fused;
  }

  /** Gives shared characters to their first token, and every token its text for display. */
  private display(placed: readonly PlacedToken[], source: string): Token[] {
    let taken = 0;
    return placed.map((token, index) => {
      const start = Math.max(token.start, taken);
      const end = Math.max(token.end, start);
      const next = placed[index + 1];
      const isWhole =
        token.start < token.end && token.start >= taken && !(next && next.start < token.end && next.start < next.end);
      taken = end;
      return {
        id: this.idOf(token.token),
        text: isWhole && !token.unknown ? source.slice(start, end) : this.ownForm(token),
        start,
        end,
      };
    });
  }

  private ownForm({ token, unknown: isUnknownToken }: PlacedToken): string {
    if (isUnknownToken) return this.library.model.unk_token ?? token;
    return this.isByteLevel ? fromByteAlphabet(token) : token;
  }

  private specialToken(token: string): Token {
    return { id: this.idOf(token), text: token, start: -1, end: -1 };
  }

  private idOf(token: string): number {
    const { tokens_to_ids: ids, unk_token_id: unknownId } = this.library.model;
    const id = this.addedTokens.get(token)?.id ?? ids.get(token) ?? unknownId;
    if (id !== undefined) return id;
    throw unplaceable(`«${token}» is not in its vocabulary.`);
  }
}

function compileNormalize(library: LibraryTokenizer): Normalize {
  const prepare = compilePreparation({
    removeSpace: library.remove_space === true,
    lowercaseAndRemoveAccents: library.do_lowercase_and_remove_accent,
  });
  const normalize = library.normalizer ? compileNormalizer(library.normalizer) : undefined;
  return (text) => (normalize ? normalize(prepare(text)) : prepare(text));
}

function usesByteLevel(config: PreTokenizerConfig | null): boolean {
  return config?.type === 'ByteLevel' || (config?.pretokenizers ?? []).some(usesByteLevel);
}

/** What the post-processor puts before and after a text. */
function specialTokensAround({
  post_processor: postProcessor,
}: LibraryTokenizer): [readonly string[], readonly string[]] {
  const text = '\0text';
  const tokens = postProcessor?.post_process([text], null, true).tokens ?? [text];
  const place = tokens.indexOf(text);
  if (place < 0 || place !== tokens.lastIndexOf(text)) throw unplaceable('its template does not hold the text once.');
  return [tokens.slice(0, place), tokens.slice(place + 1)];
}

function characterLength(text: string, start: number): number {
  return String.fromCodePoint(text.codePointAt(start) ?? 0).length;
}

/** The longest prefix of at most `length` units that does not end inside a surrogate pair. */
function wholeCharacters(text: string, length: number): number {
  const endsInPair = /[\uD800-\uDBFF]/.test(text.charAt(length - 1)) && /[\uDC00-\uDFFF]/.test(text.charAt(length));
  return endsInPair ? length - 1 : length;
}
