import { lineOffsets } from '../../protocol/lines.ts';
import type { Preceding } from '../../protocol/modelWire.ts';

/** Most tokens that are read before a selection: more would make a run of minutes of one of seconds. */
export const MOST_PRECEDING = 2048;

/**
 * Where the text that is explained with a selection begins: with the first block from which on everything fits, else with
 * the first such line, else with the selection.
 *
 * @param fits whether the text from an offset on can be explained to its end; if it can, it can from any later one
 */
export async function beginningOf(
  text: string,
  { length, starts }: Preceding,
  fits: (offset: number) => Promise<boolean>,
): Promise<number> {
  return (
    (await firstFitting(starts, fits)) ??
    (await firstFitting(
      lineOffsets(text.slice(0, length)).filter((start) => start < length),
      fits,
    )) ??
    length
  );
}

/** By bisection. */
async function firstFitting(
  offsets: readonly number[],
  fits: (offset: number) => Promise<boolean>,
): Promise<number | undefined> {
  const last = offsets.at(-1);
  if (last === undefined || !(await fits(last))) return undefined;
  let [low, high] = [0, offsets.length - 1];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (await fits(offsets[middle]!)) high = middle;
    else low = middle + 1;
  }
  return offsets[high];
}
