import { readFile } from 'node:fs/promises';
import { ExplainError } from '../protocol/failure.ts';

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
