import type { Span } from './alignedText.ts';
import type { LibraryAddedToken } from './library.ts';

/** A part of a text: one added token, or (`added` is undefined) what stands between two of them. */
export interface Section extends Span {
  readonly added: LibraryAddedToken | undefined;
}

/** Finds the added tokens of a vocabulary in texts, the leftmost first and of those the longest. */
export class AddedTokenFinder {
  private readonly pattern: RegExp | undefined;

  /**
   * @param searched what is looked for in a text.
   * @param known what a section is when it is left as a whole, besides what is looked for.
   */
  constructor(
    searched: Iterable<string>,
    private readonly known: ReadonlyMap<string, LibraryAddedToken>,
  ) {
    const contents = [...searched].filter((content) => content !== '').sort((one, other) => other.length - one.length);
    this.pattern = contents.length > 0 ? new RegExp(contents.map(escaped).join('|'), 'g') : undefined;
  }

  /** Added tokens that strip white space take it from the sections beside them; it stands for no token then. */
  split(text: string): Section[] {
    const sections: Section[] = [];
    const add = (start: number, end: number): void => {
      if (start < end) sections.push({ start, end, added: this.known.get(text.slice(start, end)) });
    };
    let position = 0;
    for (const match of this.pattern ? text.matchAll(this.pattern) : []) {
      add(position, match.index);
      position = match.index + match[0].length;
      add(match.index, position);
    }
    add(position, text.length);
    return this.stripped(sections, text);
  }

  private stripped(sections: readonly Section[], text: string): Section[] {
    return sections.map((section, index) => {
      const start = sections[index - 1]?.added?.rstrip ? afterSpace(text, section) : section.start;
      const end = sections[index + 1]?.added?.lstrip ? beforeSpace(text, section) : section.end;
      if (start === section.start && end === section.end) return section;
      return { start, end: Math.max(start, end), added: this.known.get(text.slice(start, end)) };
    });
  }
}

function afterSpace(text: string, { start, end }: Span): number {
  return end - text.slice(start, end).trimStart().length;
}

function beforeSpace(text: string, { start, end }: Span): number {
  return start + text.slice(start, end).trimEnd().length;
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}
