/** Half-open range [start, end) of UTF-16 units. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Puts `text` in place of the units [start, end); an empty range inserts. */
export interface Edit extends Span {
  readonly text: string;
}

/**
 * A text derived from a source text, which knows for each of its UTF-16 units the source units it stands for.
 * A unit that was inserted stands for an empty range. Ranges never go back as the text goes on.
 */
export class AlignedText {
  private constructor(
    readonly text: string,
    private readonly starts: Int32Array,
    private readonly ends: Int32Array,
  ) {}

  /** The source itself: both halves of a surrogate pair stand for the whole pair. */
  static of(source: string): AlignedText {
    const starts = new Int32Array(source.length);
    const ends = new Int32Array(source.length);
    let start = 0;
    for (const character of source) {
      const end = start + character.length;
      starts.fill(start, start, end);
      ends.fill(end, start, end);
      start = end;
    }
    return new AlignedText(source, starts, ends);
  }

  slice(start: number, end: number): AlignedText {
    return new AlignedText(
      this.text.slice(start, end),
      this.starts.subarray(start, end),
      this.ends.subarray(start, end),
    );
  }

  /** The source range that the units [start, end) stand for together. */
  sourceSpan({ start, end }: Span): Span {
    let first = start;
    while (first < end && this.startOf(first) === this.endOf(first)) first++;
    if (first === end) return this.emptySpanAt(start);
    let last = end - 1;
    while (this.startOf(last) === this.endOf(last)) last--;
    return { start: this.startOf(first), end: this.endOf(last) };
  }

  /** Applies edits, given in order and without overlap. What an edit puts in stands for all that it replaces. */
  rewrite(edits: Iterable<Edit>): AlignedText {
    const list = [...edits];
    if (list.length === 0) return this;
    const length = list.reduce((sum, edit) => sum + edit.text.length - (edit.end - edit.start), this.text.length);
    const starts = new Int32Array(length);
    const ends = new Int32Array(length);
    let text = '';
    let position = 0;
    const copyUpTo = (limit: number): void => {
      starts.set(this.starts.subarray(position, limit), text.length);
      ends.set(this.ends.subarray(position, limit), text.length);
      text += this.text.slice(position, limit);
    };
    for (const edit of list) {
      copyUpTo(edit.start);
      const source = this.sourceSpan(edit);
      starts.fill(source.start, text.length, text.length + edit.text.length);
      ends.fill(source.end, text.length, text.length + edit.text.length);
      text += edit.text;
      position = edit.end;
    }
    copyUpTo(this.text.length);
    return new AlignedText(text, starts, ends);
  }

  /** Puts `content` in place of every match. */
  replaceAll(pattern: RegExp, content: string): AlignedText {
    return this.rewrite(this.matches(pattern).map((match) => ({ ...match, text: content })));
  }

  /** The ranges of all matches, empty ones too. */
  matches(pattern: RegExp): Span[] {
    return Array.from(this.text.matchAll(pattern), ({ 0: match, index }) => ({
      start: index,
      end: index + match.length,
    }));
  }

  private emptySpanAt(unit: number): Span {
    const position = unit < this.text.length ? this.startOf(unit) : unit === 0 ? 0 : this.endOf(unit - 1);
    return { start: position, end: position };
  }

  private startOf(unit: number): number {
    return this.starts[unit] ?? 0;
  }

  private endOf(unit: number): number {
    return this.ends[unit] ?? 0;
  }
}
