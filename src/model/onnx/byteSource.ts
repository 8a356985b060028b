import { readSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';

/** Bytes that are read by position, so that a file of any size costs only what is looked at. */
export interface ByteSource {
  readonly size: number;
  /** Fills `target` from `position` on; returns how many bytes there were. */
  read(target: Uint8Array, position: number): number;
}

/**
 * A file as bytes. The reads are synchronous: a scan makes thousands of tiny steps, nearly all inside one buffer,
 * and it runs in a process that has nothing else to do meanwhile.
 */
export async function fileSource(handle: FileHandle): Promise<ByteSource> {
  const { size } = await handle.stat();
  return {
    size,
    read: (target, position) => readSync(handle.fd, target, 0, target.length, position),
  };
}
