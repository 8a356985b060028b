import type { PreTrainedTokenizer } from '@huggingface/transformers';
import { AddedTokens } from './addedTokens.ts';
import { AlignedText, type Span } from './alignedText.ts';
import { type LibraryTokenizer, libraryTokenizer, preTokenizerConfig, unplaceable } from './library.ts';
import { compileNormalizer, compilePreparation, type Normalize } from './normalizers.ts';
import { compilePreTokenizer, type PreTokenize, usesByteAlphabet } from './preTokenizers.ts';
import { Vocabulary } from './vocabulary.ts';

/** A token with the source range that its characters came from, which it may share with its neighbours. */
export interface PlacedToken extends Span {
  readonly token: string;
}

/** The steps that a tokenizer takes from a text to tokens, each on text that knows where it came from. */
export class TokenPipeline {
  readonly vocabulary: Vocabulary;
  /** Whether tokens are written in the alphabet of byte-level BPE. */
  readonly inByteAlphabet: boolean;
  /** Special tokens that the tokenizer puts before and after every text. */
  readonly before: readonly string[];
  readonly after: readonly string[];
  private readonly addedTokens: AddedTokens;
  private readonly normalize: Normalize;
  private readonly preTokenize: PreTokenize;

  /** @throws ExplainError `modelFile` for a kind of tokenizer that is not known. */
  constructor(tokenizer: PreTrainedTokenizer) {
    const library = libraryTokenizer(tokenizer);
    const { normalizer, pre_tokenizer: preTokenizer } = library;
    const config = preTokenizerConfig(tokenizer);
    this.addedTokens = new AddedTokens(
      [...library.get_added_tokens_decoder().values()],
      normalizer ? (text) => normalizer.normalize(text) : undefined,
    );
    this.vocabulary = new Vocabulary(library.model, this.addedTokens);
    this.inByteAlphabet = usesByteAlphabet(config);
    this.normalize = compileNormalize(library);
    this.preTokenize = config && preTokenizer ? compilePreTokenizer(config, preTokenizer) : (text) => [text];
    [this.before, this.after] = specialTokensAround(library);
  }

  /** @returns the tokens of a text without the special ones around it, in the order of their places. */
  place(text: string): PlacedToken[] {
    const source = AlignedText.of(text);
    return this.addedTokens.split(text).flatMap(({ start, end, added }, index) => {
      if (added) return [{ token: added.content, start, end }];
      return start < end ? this.placeSection(this.normalize(source.slice(start, end)), index) : [];
    });
  }

  private placeSection(normalized: AlignedText, index: number): readonly PlacedToken[] {
    return this.addedTokens.splitNormalized(normalized.text).flatMap(({ start, end, added }) => {
      if (added) return [{ token: added.content, ...normalized.sourceSpan({ start, end }) }];
      if (start === end) return [];
      const words = this.preTokenize(normalized.slice(start, end), index);
      return this.vocabulary.fuseUnknown(words.flatMap((word) => this.placeWord(word)));
    });
  }

  private placeWord(word: AlignedText): PlacedToken[] {
    const subwords = this.vocabulary.split(word.text);
    return subwords.map((subword) => ({ token: subword.token, ...word.sourceSpan(subword) }));
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

/** What the post-processor puts before and after a text. */
function specialTokensAround(library: LibraryTokenizer): [readonly string[], readonly string[]] {
  const text = '\0text';
  const tokens = library.post_processor?.post_process([text], null, true).tokens ?? [text];
  const place = tokens.indexOf(text);
  if (place < 0 || place !== tokens.lastIndexOf(text)) throw unplaceable('its template does not hold the text once.');
  return [tokens.slice(0, place), tokens.slice(place + 1)];
}
