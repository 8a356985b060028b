/** Line ends of a text: those of Unix, Windows and the old Macintosh. */
export function lineEnds(text: string): number {
  return text.match(/\r\n|\r|\n/g)?.length ?? 0;
}

/** Lines on which a text has characters; a line end belongs to the line before it. */
export function linesOf(text: string): number {
  return text === '' ? 0 : lineEnds(text) + (/[\r\n]$/.test(text) ? 0 : 1);
}
