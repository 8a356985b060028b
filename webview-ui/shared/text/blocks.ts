import { lineOffsets } from '../../../src/protocol/lines.ts';
import type { TokenRange } from '../../../src/protocol/run.ts';

/** A line of closing brackets alone, which ends the block before it. */
const CLOSING = /^[\s)\]}>;,]*$/;

/** Lines of a text, counted from 0. */
interface LineRange {
  readonly start: number;
  readonly end: number;
}

/**
 * The blocks of a text as an editor folds them at the outermost level: a line that is indented least, the deeper lines
 * behind it, and the line that closes them. A block of more than half of the lines, like a class in a file of its own, is
 * no landmark: those inside it are.
 *
 * @param lineOf for each token its line, counted from 0; −1 for one that begins in none
 * @returns the tokens of each block, ascending
 */
export function outermostBlocks(text: string, lineOf: Int32Array): readonly TokenRange[] {
  const lines = lineOffsets(text).map((start, line, offsets) => text.slice(start, offsets[line + 1]));
  const firstTokens = new Int32Array(lines.length + 1).fill(lineOf.length);
  for (let token = lineOf.length - 1; token >= 0; token--) if (lineOf[token]! >= 0) firstTokens[lineOf[token]!] = token;
  for (let line = lines.length - 1; line >= 0; line--) {
    firstTokens[line] = Math.min(firstTokens[line]!, firstTokens[line + 1]!);
  }
  const landmarks = (within: LineRange): readonly LineRange[] =>
    blocksOf(lines, within).flatMap((block) => {
      if (2 * (block.end - block.start) <= lines.length) return [block];
      const inside = landmarks({ start: block.start + 1, end: block.end });
      return inside.length > 0 ? inside : [block];
    });
  const whole = { start: 0, end: lines.length };
  return landmarks(whole).map(({ start, end }) => ({ start: firstTokens[start]!, end: firstTokens[end]! }));
}

function blocksOf(lines: readonly string[], { start, end }: LineRange): readonly LineRange[] {
  const depths = lines.slice(start, end).map((line) => line.search(/\S/));
  const isClosing = (place: number): boolean => CLOSING.test(lines[start + place]!);
  const outermost = depths.reduce(
    (least, depth, place) => (depth < 0 || isClosing(place) ? least : Math.min(least, depth)),
    Infinity,
  );
  const blocks: LineRange[] = [];
  let header = -1;
  let isDeep = false;
  const close = (place: number): void => {
    if (isDeep) blocks.push({ start: start + header, end: start + place });
    isDeep = false;
  };
  depths.forEach((depth, place) => {
    if (depth < 0) return;
    if (depth > outermost) {
      isDeep = header >= 0;
    } else if (isClosing(place)) {
      close(place + 1);
      header = -1;
    } else {
      close(place);
      header = place;
    }
  });
  close(depths.length);
  return blocks;
}
