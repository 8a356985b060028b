import { readFile } from 'node:fs/promises';
import { ExplainError } from '../protocol/failure.ts';
import { decodeText } from '../protocol/textFile.ts';
import { unreadable } from './files.ts';

/** [start, end) of a text, in UTF-16 units. */
export interface TextRange {
  readonly start: number;
  readonly end: number;
}

/** @throws ExplainError when the text ends before the range does. */
export function within(text: string, range: TextRange | undefined): string {
  if (range === undefined) return text;
  if (range.end <= text.length) return text.slice(range.start, range.end);
  throw new ExplainError({
    code: 'emptyText',
    message: `The range ends at ${range.end}, the text at ${text.length}.`,
    advice: 'Give a range inside of the text.',
  });
}

/** @throws ExplainError when the file cannot be read, or is no text in UTF-8 or with a byte order mark in UTF-16. */
export async function readText(file: string): Promise<string> {
  const bytes = await readFile(file).catch((error: unknown) => {
    throw unreadable(file, error);
  });
  const text = decodeText(bytes);
  if (text !== undefined) return text;
  throw new ExplainError({
    code: 'emptyText',
    message: `${file} is not text in UTF-8, nor in UTF-16 with a byte order mark.`,
    advice: 'Save it in UTF-8, or choose another file.',
  });
}
