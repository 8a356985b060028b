import { createWriteStream, rmSync } from 'node:fs';
import { open, realpath, rename, rm, stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { unwritable } from './files.ts';

/**
 * Tries whether a file can be written, before the work that its content takes.
 *
 * @throws ExplainError
 */
export async function requireWritable(file: string): Promise<void> {
  try {
    const info = await stat(file).catch(() => undefined);
    if (info && !info.isFile()) throw new Error(info.isDirectory() ? 'it is a folder' : 'it is not a plain file');
    const trial = unfinishedOf(await placeOf(file));
    await (await open(trial, 'wx')).close();
    await rm(trial);
  } catch (error) {
    throw unwritable(file, error);
  }
}

/**
 * Writes a file piece by piece; it appears whole or not at all.
 *
 * @throws ExplainError when it cannot be written
 */
export async function writeWhole(
  file: string,
  pieces: Iterable<Uint8Array | string> | AsyncIterable<Uint8Array | string>,
): Promise<void> {
  const place = await placeOf(file);
  const unfinished = unfinishedOf(place);
  const interrupted = (signal: NodeJS.Signals): void => {
    rmSync(unfinished, { force: true });
    process.kill(process.pid, signal);
  };
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
  try {
    await pipeline(Readable.from(pieces), createWriteStream(unfinished, { flags: 'wx' }));
    await rename(unfinished, place);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw isOfFile(error) ? unwritable(file, error) : error;
  } finally {
    process.off('SIGINT', interrupted).off('SIGTERM', interrupted);
  }
}

/** A link stays one: what it leads to is written. */
function placeOf(file: string): Promise<string> {
  return realpath(file).catch(() => file);
}

function unfinishedOf(place: string): string {
  return `${place}.${process.pid}.part`;
}

/** Errors of the system name what they were about; those of whoever makes the pieces are their own. */
function isOfFile(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}
