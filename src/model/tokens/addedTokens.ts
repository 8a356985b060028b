import type { Span } from './alignedText.ts';
import type { LibraryAddedToken } from './library.ts';

/** A part of a text: one added token, or (`added` is undefined) what stands between two of them. */
export interface Section extends Span {
  readonly added: LibraryAddedToken | undefined;
}

/** The tokens added to a vocabulary: those that text may hold, and the control tokens, which it may not. */
export class AddedTokens {
  private readonly control: ReadonlySet<string>;
  private readonly inText: ReadonlyMap<string, LibraryAddedToken>;
  private readonly pattern: RegExp | undefined;
  private readonly normalizedPattern: RegExp | undefined;

  /** @param normalize the library's normaliser, for the added tokens that are searched in normalised text. */
  constructor(tokens: readonly LibraryAddedToken[], normalize: ((text: string) => string) | undefined) {
    const inText = tokens.filter((token) => !token.special);
    const asTyped = inText.filter((token) => !(token.normalized && normalize));
    const normalized = inText
      .filter((token) => token.normalized)
      .flatMap((token) => (normalize ? [[normalize(token.content), token] as const] : []));
    this.control = new Set(tokens.filter((token) => token.special).map((token) => token.content));
    this.inText = new Map([...inText.map((token) => [token.content, token] as const), ...normalized]);
    this.pattern = anyOf(asTyped.map((token) => token.content));
    this.normalizedPattern = anyOf(normalized.map(([content]) => content));
  }

  isControl(token: string): boolean {
    return this.control.has(token);
  }

  idOf(token: string): number | undefined {
    return this.inText.get(token)?.id;
  }

  /** Takes a text apart at its added tokens. */
  split(text: string): Section[] {
    return this.splitAt(this.pattern, text);
  }

  /** Takes a normalised text apart at those added tokens that the normaliser changes as well. */
  splitNormalized(text: string): Section[] {
    return this.splitAt(this.normalizedPattern, text);
  }

  private splitAt(pattern: RegExp | undefined, text: string): Section[] {
    const sections: Section[] = [];
    const add = (start: number, end: number): void => {
      if (start < end) sections.push(this.section(text, start, end));
    };
    let position = 0;
    for (const { 0: match, index } of pattern ? text.matchAll(pattern) : []) {
      add(position, index);
      position = index + match.length;
      add(index, position);
    }
    add(position, text.length);
    return this.withSpaceStripped(sections, text);
  }

  /** Some added tokens take the white space beside them out of the text. */
  private withSpaceStripped(sections: readonly Section[], text: string): Section[] {
    return sections.map((section, index) => {
      const whole = text.slice(section.start, section.end);
      const afterStart = sections[index - 1]?.added?.rstrip ? whole.trimStart() : whole;
      const kept = sections[index + 1]?.added?.lstrip ? afterStart.trimEnd() : afterStart;
      const start = section.end - afterStart.length;
      return kept === whole ? section : this.section(text, start, start + kept.length);
    });
  }

  private section(text: string, start: number, end: number): Section {
    return { start, end, added: this.inText.get(text.slice(start, end)) };
  }
}

/** Matches the leftmost of the strings and of those the longest. */
function anyOf(strings: readonly string[]): RegExp | undefined {
  const alternatives = strings.filter((string) => string !== '').sort((one, other) => other.length - one.length);
  const escaped = alternatives.map((string) => string.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'));
  return escaped.length > 0 ? new RegExp(escaped.join('|'), 'g') : undefined;
}
