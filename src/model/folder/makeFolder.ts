import { mkdir, stat } from 'node:fs/promises';
import path from 'node:path';

/**
 * Makes a folder with all that lead to it. (The recursive `mkdir` of Node.js never returns where the system denies the
 * existence of what it refuses to make, as in /proc.)
 */
export async function makeFolder(folder: string): Promise<void> {
  const parent = path.dirname(folder);
  if (parent !== folder && !(await stat(parent).catch(() => undefined))) await makeFolder(parent);
  try {
    await mkdir(folder);
  } catch (error) {
    const info = await stat(folder).catch(() => undefined);
    if (!info?.isDirectory()) throw error;
  }
}
