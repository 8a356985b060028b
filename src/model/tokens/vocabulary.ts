import type { AddedTokens } from './addedTokens.ts';
import type { Span } from './alignedText.ts';
import { type LibraryModel, unplaceable } from './library.ts';
import { compileSubwords, type SplitWord, type Subword, unknownSubword } from './subwords.ts';

/** The tokens of a model. Words are split so that none of them ever becomes a control token. */
export class Vocabulary {
  private readonly splitWord: SplitWord;

  /** @throws ExplainError `modelFile` for a kind of subword model that is not known. */
  constructor(
    private readonly model: LibraryModel,
    private readonly addedTokens: AddedTokens,
  ) {
    this.splitWord = compileSubwords(model);
  }

  /** The literal of the unknown token; a vocabulary of bytes needs none. */
  get unknownToken(): string | undefined {
    return this.model.unk_token ?? undefined;
  }

  isUnknown(token: string): boolean {
    const { tokens_to_ids: ids, unk_token_id: unknownId } = this.model;
    return (ids.get(token) ?? unknownId) === unknownId;
  }

  /** @throws ExplainError `modelFile` for a token that has no id. */
  idOf(token: string): number {
    const id = this.addedTokens.idOf(token) ?? this.model.tokens_to_ids.get(token) ?? this.model.unk_token_id;
    if (id !== undefined) return id;
    throw unplaceable(`«${token}» is not in its vocabulary.`);
  }

  /**
   * Splits a word into tokens. Where the vocabulary has a part of the word as a control token (the lists of
   * Unigram models hold them among the words), the first character of that part is split from the rest.
   */
  split(word: string): readonly Subword[] {
    const subwords = this.splitWord(word);
    const controls = subwords.filter(({ token }) => this.addedTokens.isControl(token) && !this.isUnknown(token));
    if (controls.length === 0) return subwords;
    const cuts = controls.flatMap(({ start }) => [start, start + characterLength(word, start)]);
    return spansBetween([0, ...cuts, word.length]).flatMap(({ start, end }) => {
      if (end - start === word.length) return unknownSubword(this.model, { start, end });
      const part = this.split(word.slice(start, end));
      return part.map((subword) => ({ ...subword, start: start + subword.start, end: start + subword.end }));
    });
  }

  /** Some models make one token of neighbours that they do not know. */
  fuseUnknown<T extends Subword>(tokens: readonly T[]): readonly T[] {
    if (!this.model.fuse_unk) return tokens;
    const runs: [T, ...T[]][] = [];
    for (const token of tokens) {
      const run = runs.at(-1);
      if (run && this.isUnknown(run[0].token) && this.isUnknown(token.token)) run.push(token);
      else runs.push([token]);
    }
    return runs.map((run) => (run.length === 1 ? run[0] : this.fused(run)));
  }

  private fused<T extends Subword>(run: readonly [T, ...T[]]): T {
    const [first] = run;
    const token = first.token === this.unknownToken ? first.token : run.map((part) => part.token).join('');
    return { ...first, token, end: run.at(-1)?.end ?? first.end };
  }
}

function spansBetween(cuts: readonly number[]): Span[] {
  const spans = cuts.slice(1).map((end, index) => ({ start: cuts[index] ?? 0, end }));
  return spans.filter(({ start, end }) => start < end);
}

function characterLength(text: string, start: number): number {
  return String.fromCodePoint(text.codePointAt(start) ?? 0).length;
}
