/** Where each line of a text begins, in UTF-16 units, as VS Code divides it: \r\n, \r and \n each end one line. */
export function lineOffsets(text: string): readonly number[] {
  return [0, ...Array.from(text.matchAll(/\r\n|\r|\n/g), (end) => end.index + end[0].length)];
}

export function lineEnds(text: string): number {
  return lineOffsets(text).length - 1;
}

/** Lines on which a text has characters; a line end belongs to the line before it. */
export function linesOf(text: string): number {
  return lineOffsets(text).filter((start) => start < text.length).length;
}

/**
 * The line, counted from 0, of a place in the text. A place between \r and \n is still in the line that they end.
 *
 * @param offsets as of `lineOffsets`
 */
export function lineAt(offsets: readonly number[], place: number): number {
  let low = 0;
  let high = offsets.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (offsets[middle]! <= place) low = middle;
    else high = middle - 1;
  }
  return low;
}
