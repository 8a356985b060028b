import { readFile, rename, writeFile } from 'node:fs/promises';
import type * as z from 'zod/mini';

/** What was kept in a file of the cache; `undefined` where it is missing or no longer of this shape. */
export async function readKept<T>(file: string, schema: z.ZodMiniType<T>): Promise<T | undefined> {
  const text = await readFile(file, 'utf8').catch(() => '');
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** Writes a file whole or not at all. One that can't be written is only missing next time. */
export async function writeKept(file: string, value: unknown): Promise<void> {
  const unfinished = `${file}.${process.pid}.part`;
  await writeFile(unfinished, JSON.stringify(value))
    .then(() => rename(unfinished, file))
    .catch(() => undefined);
}
