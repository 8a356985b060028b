import type { Explained } from './explained.ts';

/**
 * The token that an entry names: a number from 0, `:` and a line of the document, or a text that a token behind the
 * present one holds, else the first from the beginning.
 *
 * @param firstLine 1-based number of the document's line in which the text begins
 * @returns `undefined` when there is none
 */
export function findToken(explained: Explained, entry: string, present: number, firstLine: number): number | undefined {
  const { names, tokens, summary } = explained;
  const wanted = entry.trim();
  if (/^\d+$/.test(wanted)) return Number(wanted) < names.length ? Number(wanted) : undefined;
  const line = /^:(\d+)$/.exec(wanted)?.[1];
  if (line !== undefined) return inLine(explained, Number(line) - firstLine);
  if (wanted === '') return undefined;
  const text = summary.text.toLowerCase();
  const from = tokens[present]?.end ?? 0;
  const behind = text.indexOf(wanted.toLowerCase(), Math.max(0, from));
  const at = behind >= 0 ? behind : text.indexOf(wanted.toLowerCase());
  return at < 0 ? undefined : found(tokens.findIndex(({ start, end }) => start <= at && at < end));
}

/** The first token that begins in the line, counted from 0; in a line without one, the token that reaches over it. */
function inLine({ tokens, lineOf, lineOffsets }: Explained, line: number): number | undefined {
  const begins = found(lineOf.indexOf(line));
  const start = lineOffsets[line];
  if (begins !== undefined || start === undefined) return begins;
  return found(tokens.findIndex((token) => token.start <= start && start < token.end));
}

function found(index: number): number | undefined {
  return index < 0 ? undefined : index;
}
