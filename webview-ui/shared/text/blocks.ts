import type { TokenRange } from '../../../src/protocol/run.ts';

/** A line of closing brackets alone, which ends the block before it. */
const CLOSING = /^[\s)\]}>;,]*$/;

/**
 * The blocks of a text as an editor folds them at the outermost level: a line that is indented least, the deeper lines
 * behind it, and the line that closes them.
 *
 * @param lineOf for each token its line, counted from 0; −1 for one that begins in none
 * @returns the tokens of each block, ascending
 */
export function outermostBlocks(text: string, lineOf: Int32Array): readonly TokenRange[] {
  const lines = text.split(/\r\n|\r|\n/);
  const depths = lines.map((line) => line.search(/\S/));
  const outermost = depths.reduce((least, depth) => (depth < 0 ? least : Math.min(least, depth)), Infinity);
  const firstTokens = new Int32Array(lines.length + 1).fill(lineOf.length);
  for (let token = lineOf.length - 1; token >= 0; token--) if (lineOf[token]! >= 0) firstTokens[lineOf[token]!] = token;
  for (let line = lines.length - 1; line >= 0; line--) {
    firstTokens[line] = Math.min(firstTokens[line]!, firstTokens[line + 1]!);
  }
  const blocks: TokenRange[] = [];
  let header = -1;
  let isDeep = false;
  const close = (end: number): void => {
    if (isDeep) blocks.push({ start: firstTokens[header]!, end: firstTokens[end]! });
    isDeep = false;
  };
  depths.forEach((depth, line) => {
    if (depth < 0) return;
    if (depth > outermost) {
      isDeep = header >= 0;
    } else if (isDeep && CLOSING.test(lines[line]!)) {
      close(line + 1);
      header = -1;
    } else {
      close(line);
      header = line;
    }
  });
  close(lines.length);
  return blocks;
}
