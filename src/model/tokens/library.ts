import type { PreTrainedTokenizer } from '@huggingface/transformers';
import { ExplainError } from '../../protocol/failure.ts';

/**
 * The parts of a loaded transformers.js tokenizer that the alignment follows, as far as it needs them.
 * The library types some of them as private or by base class only.
 */
export interface LibraryTokenizer {
  readonly normalizer: LibraryNormalizer | null;
  readonly pre_tokenizer: LibraryPreTokenizer | null;
  readonly model: LibraryModel;
  readonly post_processor: LibraryPostProcessor | null;
  readonly remove_space: boolean | undefined;
  readonly do_lowercase_and_remove_accent: boolean;
  get_added_tokens_decoder(): ReadonlyMap<number, LibraryAddedToken>;
}

export interface LibraryNormalizer {
  readonly config: {
    readonly type: string;
    readonly content?: string;
    readonly prepend?: string;
    readonly strip_left?: boolean;
    readonly strip_right?: boolean;
    readonly clean_text?: boolean;
    readonly handle_chinese_chars?: boolean;
    readonly lowercase?: boolean;
    readonly strip_accents?: boolean | null;
  };
  readonly pattern?: RegExp | null;
  readonly normalizers?: readonly (LibraryNormalizer | null)[];
  normalize(text: string): string;
}

/** Only tokenizer.json names the type of a pre-tokenizer: the library's objects do not keep it. */
export interface PreTokenizerConfig {
  readonly type: string;
  readonly pretokenizers?: readonly (PreTokenizerConfig | null)[];
  readonly behavior?: string;
  readonly invert?: boolean;
  readonly content?: string;
  readonly length?: number;
}

export interface LibraryPreTokenizer {
  readonly pattern?: RegExp | null;
  readonly tokenizers?: readonly (LibraryPreTokenizer | null)[];
  readonly add_prefix_space?: boolean;
  readonly use_regex?: boolean;
  readonly replacement?: string;
  readonly str_rep?: string;
  readonly prepend_scheme?: string;
  pre_tokenize(text: string, options: { readonly section_index: number }): string[];
}

export interface LibraryModel {
  readonly tokens_to_ids: ReadonlyMap<string, number>;
  readonly unk_token_id?: number;
  readonly unk_token?: string | null;
  readonly fuse_unk: boolean;
  readonly config: { readonly continuing_subword_prefix?: string };
  encode(tokens: string[]): string[];
}

export interface LibraryBpe extends LibraryModel {
  readonly byte_fallback: boolean;
  readonly ignore_merges: boolean;
  readonly end_of_word_suffix?: string | null;
  readonly continuing_subword_suffix?: string | null;
  bpe(word: string): string[];
}

export interface LibraryUnigram extends LibraryModel {
  tokenize(word: string): string[];
}

export interface LibraryPostProcessor {
  post_process(tokens: string[], pair: null, addSpecialTokens: boolean): { readonly tokens: string[] };
}

export interface LibraryAddedToken {
  readonly content: string;
  readonly id: number;
  readonly lstrip: boolean;
  readonly rstrip: boolean;
  readonly special: boolean;
  readonly normalized: boolean;
}

export function libraryTokenizer(tokenizer: PreTrainedTokenizer): LibraryTokenizer {
  return tokenizer._tokenizer as unknown as LibraryTokenizer;
}

export function preTokenizerConfig(tokenizer: PreTrainedTokenizer): PreTokenizerConfig | null {
  return (tokenizer._tokenizerJSON as { readonly pre_tokenizer: PreTokenizerConfig | null }).pre_tokenizer;
}

/** For a tokenizer whose tokens cannot be placed in the text with certainty. */
export function unplaceable(detail: string): ExplainError {
  return new ExplainError({
    code: 'modelFile',
    message: `The tokens of this model cannot be placed in the text: ${detail}`,
    advice: 'Choose another model.',
  });
}
