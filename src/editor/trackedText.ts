/** [start, end) in a document, in UTF-16 units with the document's own line ends. */
export interface OffsetRange {
  readonly start: number;
  readonly end: number;
}

/** One edit of a document: what stood at [offset, offset + length) became `text`. */
export interface Edit {
  readonly offset: number;
  readonly length: number;
  readonly text: string;
}

/** Reads the document as it is after the edits. */
export type ReadText = (range: OffsetRange) => string;

/** Follows a piece of text through edits of its document and knows whether it still stands there unchanged. */
export class TrackedText {
  private current: OffsetRange;
  /** Where the text was last found whole: undo puts it back there. */
  private home: number;
  private gone = false;

  /** @param origin where the text starts now; where every edit is undone, it stands there again */
  constructor(
    private text: string,
    private origin: number,
  ) {
    this.current = { start: origin, end: origin + text.length };
    this.home = origin;
  }

  get content(): string {
    return this.text;
  }

  get range(): OffsetRange {
    return this.current;
  }

  /** The document no longer holds the text where it was. */
  get stale(): boolean {
    return this.gone;
  }

  /** @param edits those of one change, none overlapping another, each in offsets from before the change */
  apply(edits: readonly Edit[], read: ReadText): void {
    const touched = this.gone || edits.some((edit) => touches(this.current, edit));
    let reach = this.current;
    for (const edit of [...edits].sort((a, b) => b.offset - a.offset)) {
      this.current = follow(this.current, edit, touched);
      reach = follow(reach, edit, touched);
      if (touched) reach = union(reach, { start: edit.offset, end: edit.offset + edit.text.length });
    }
    if (touched) this.locate(read, reach);
    else this.home = this.current.start;
  }

  /** Looks anew, where edits may have been missed while the document was closed. */
  recheck(read: ReadText): void {
    this.locate(read, this.current);
  }

  /** Keeps only [start, end) of the text. */
  narrow({ start, end }: OffsetRange, read: ReadText): void {
    this.text = this.text.slice(start, end);
    this.origin += start;
    this.home += start;
    if (this.gone) this.locate(read, this.current);
    else this.current = { start: this.current.start + start, end: this.current.start + end };
  }

  /** Looks for the whole text at its old places, where the range now starts, and then anywhere in `reach`. */
  private locate(read: ReadText, reach: OffsetRange): void {
    const { length } = this.text;
    const isAt = (start: number): boolean => read({ start, end: start + length }) === this.text;
    const found = [this.home, this.current.start, this.origin].find(isAt) ?? this.foundIn(reach, read);
    this.gone = found === undefined;
    if (found === undefined) return;
    this.home = found;
    this.current = { start: found, end: found + length };
  }

  private foundIn(reach: OffsetRange, read: ReadText): number | undefined {
    const index = read(reach).indexOf(this.text);
    return index < 0 ? undefined : reach.start + index;
  }
}

/** An insertion at either end leaves the text whole and does not count. */
function touches(range: OffsetRange, edit: Edit): boolean {
  return edit.offset < range.end && edit.offset + edit.length > range.start;
}

/** @param sticky whether an insertion at an end belongs to the range */
function follow(range: OffsetRange, edit: Edit, sticky: boolean): OffsetRange {
  const start = followPoint(range.start, edit, sticky ? 'left' : 'right');
  const end = followPoint(range.end, edit, sticky ? 'right' : 'left');
  return { start, end: Math.max(start, end) };
}

function followPoint(point: number, edit: Edit, atInsertion: 'left' | 'right'): number {
  const editEnd = edit.offset + edit.length;
  const growth = edit.text.length - edit.length;
  if (point < edit.offset) return point;
  if (point > editEnd) return point + growth;
  if (point === editEnd && (edit.length > 0 || atInsertion === 'right')) return point + growth;
  return Math.min(point, edit.offset + edit.text.length);
}

function union(a: OffsetRange, b: OffsetRange): OffsetRange {
  return { start: Math.min(a.start, b.start), end: Math.max(a.end, b.end) };
}
