import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { makeFolder } from '../model/folder/makeFolder.ts';
import { ExplainError } from '../protocol/failure.ts';
import { systemReason } from '../protocol/systemErrors.ts';

/** @throws ExplainError when the folder cannot be made, or nothing can be written in it. */
export async function requireFolder(folder: string, option: string): Promise<void> {
  try {
    await makeFolder(folder);
    await rm(await mkdtemp(path.join(folder, 'trial-')), { recursive: true });
  } catch (cause) {
    const reason = isAbsent(cause) ? 'the system makes no folder there' : reasonOf(cause);
    const advice = `Choose another one with ${option}.`;
    throw new ExplainError({ code: 'notWritten', message: `${folder} cannot be used: ${reason}.`, advice }, { cause });
  }
}

export function unreadable(file: string, cause: unknown): ExplainError {
  const message = `${file} cannot be read: ${reasonOf(cause)}.`;
  return new ExplainError({ code: 'emptyText', message, advice: 'Choose another file.' }, { cause });
}

export function unwritable(file: string, cause: unknown): ExplainError {
  const reason = isAbsent(cause) ? 'its folder does not exist' : reasonOf(cause);
  const message = `${file} cannot be written: ${reason}.`;
  return new ExplainError({ code: 'notWritten', message, advice: 'Choose another place.' }, { cause });
}

function isAbsent(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

function reasonOf(error: unknown): string {
  return systemReason(error) ?? (error instanceof Error ? error.message : String(error));
}
