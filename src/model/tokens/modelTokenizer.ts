import path from 'node:path';
import * as l10n from '@vscode/l10n';
import { Tokenizer } from 'tokenizers';
import { ExplainError } from '../../protocol/failure.ts';
import type { SpecialTokens } from '../../protocol/run.ts';
import { fatalPart, holdsPart } from './parts.ts';
import { type Span, utf16Spans } from './spans.ts';
import { specialTokensAsText } from './specialTokens.ts';
import { readTokenizerFiles, tokenizerFailure, type TokenizerFiles, type TokenizerJson } from './tokenizerFiles.ts';
import { type TokensAround, tokensAround } from './tokensAround.ts';

/** A text's tokens, without those around it, as the library gives them: tokens that share a character overlap. */
export interface LibraryTokens {
  readonly ids: readonly number[];
  readonly spans: readonly Span[];
}

/** A model's tokenizer, run by the library that defines these files: Hugging Face's tokenizers. */
export class ModelTokenizer {
  /** Special tokens around every text. */
  readonly around: TokensAround;
  /** Whether tokens are written in the alphabet of byte-level BPE. */
  readonly isByteLevel: boolean;
  /** Id of the token that stands for what the vocabulary does not have; bytes need none. */
  readonly unknownId: number | undefined;
  /** Added tokens, special or not, that stand for their own content. */
  readonly added: ReadonlyMap<number, string>;
  private readonly special: readonly string[];
  private readonly folder: string;
  private readonly asText: Tokenizer;
  private asSpecial: Promise<Tokenizer> | undefined;

  /**
   * @param reread the files once more, when special tokens in a text are to be special: a vocabulary is large.
   * @throws ExplainError `modelFile` for what the library refuses.
   */
  constructor(
    files: TokenizerFiles,
    private readonly reread: () => Promise<TokenizerFiles>,
  ) {
    const { folder, tokenizer } = files;
    const { names, tokenizer: withoutSpecial } = specialTokensAsText(tokenizer);
    const library = open(folder, withoutSpecial);
    const idOf = (content: string): number | undefined => library.tokenToId(names.get(content) ?? content) ?? undefined;
    const added = (tokenizer.added_tokens ?? []).flatMap(({ content }) => {
      const id = idOf(content);
      return id === undefined ? [] : [[id, content] as const];
    });
    const { unk_token: unknown, unk_id: unknownId } = tokenizer.model;
    this.folder = folder;
    this.asText = library;
    this.special = [...names.keys()];
    this.added = new Map(added);
    this.unknownId = unknownId ?? (typeof unknown === 'string' ? idOf(unknown) : undefined);
    this.isByteLevel = ['normalizer', 'pre_tokenizer', 'decoder'].some((key) => holdsPart(tokenizer[key], 'ByteLevel'));
    this.around = tokensAround(files, idOf);
  }

  /** @throws ExplainError `modelFile` when the folder holds no tokenizer that the library reads. */
  static async load(folder: string): Promise<ModelTokenizer> {
    return new ModelTokenizer(await readTokenizerFiles(folder), () => readTokenizerFiles(folder));
  }

  /** The vocabulary's own form of a token; `undefined` for an id without one. */
  token(id: number): string | undefined {
    return this.added.get(id) ?? this.asText.idToToken(id) ?? undefined;
  }

  /** Tokens of the vocabulary that stand for pieces of text: neither special nor added ones. */
  get ordinaryIds(): readonly number[] {
    const ids = new Set(Object.values(this.asText.getVocab(false)));
    return [...ids].filter((id) => !this.added.has(id)).sort((one, other) => one - other);
  }

  /** The special tokens whose names stand in a text. */
  specialIn(text: string): readonly string[] {
    return this.special.filter((content) => content !== '' && text.includes(content));
  }

  /** @throws ExplainError `modelFile` when the vocabulary has no token for a part of the text. */
  async encode(text: string, specialTokens: SpecialTokens): Promise<LibraryTokens> {
    const library = specialTokens === 'text' ? this.asText : await (this.asSpecial ??= this.openSpecial());
    try {
      const encoding = await library.encode(text, null, { addSpecialTokens: false });
      return { ids: encoding.getIds(), spans: utf16Spans(text, encoding.getOffsets()) };
    } catch (cause) {
      throw new ExplainError(
        {
          code: 'modelFile',
          message: l10n.t('The tokenizer in {0} has no tokens for a part of this text.', this.folder),
          advice: l10n.t('Choose another model, or select text without unusual characters.'),
        },
        { cause },
      );
    }
  }

  private async openSpecial(): Promise<Tokenizer> {
    try {
      return open(this.folder, (await this.reread()).tokenizer);
    } catch (error) {
      this.asSpecial = undefined;
      throw error;
    }
  }
}

/** Without what it would do to the tokens of a text: put others around them, trim their offsets, cut or pad them. */
function open(folder: string, tokenizer: TokenizerJson): Tokenizer {
  const file = path.join(folder, 'tokenizer.json');
  const fatal = fatalPart(tokenizer);
  if (fatal !== undefined) throw tokenizerFailure(l10n.t('{0} cannot be used: its “{1}” is not valid.', file, fatal));
  try {
    const alone = { ...tokenizer, post_processor: null, truncation: null, padding: null };
    return Tokenizer.fromString(JSON.stringify(alone));
  } catch (cause) {
    throw tokenizerFailure(
      l10n.t('{0} is damaged, or it is of a kind that Hugging Face’s tokenizers library does not read.', file),
      cause,
    );
  }
}
