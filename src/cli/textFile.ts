import { readFile } from 'node:fs/promises';
import { ExplainError } from '../protocol/failure.ts';

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

/** @throws ExplainError when the file is not UTF-8 text. */
export async function readText(file: string): Promise<string> {
  const bytes = await readFile(file);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    const failure = {
      code: 'emptyText',
      message: `${file} is not UTF-8 text.`,
      advice: 'Convert it, or choose another file.',
    } as const;
    throw new ExplainError(failure, { cause });
  }
}
