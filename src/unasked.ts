import type { OffsetRange } from './editor/trackedText.ts';

/** Longest text, in UTF-16 units, that is run without being asked for: about a thousand tokens of prose or code. */
const LONGEST = 4096;

/**
 * Whether a text that the user did not point out as it is — a run that a reload of the window ended, the line around a
 * caret, the text before it — is run only when the user says so.
 */
export function asksFirst({ start, end }: OffsetRange): boolean {
  return end - start > LONGEST;
}
