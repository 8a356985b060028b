import { createHash } from 'node:crypto';
import {
  constants,
  copyFile,
  link,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import path from 'node:path';
import type { SourceFile } from './modelFiles.ts';

/** What a tapped model's folder holds. */
export interface EntryContents {
  /** The model that it was made from: newer entries of the same kind replace older ones. */
  readonly model: string;
  readonly kind: string;
  /** Files of its own, by path in the folder. */
  readonly written: ReadonlyMap<string, Uint8Array>;
  /** Files of the model that appear in it: as hard links, else as copies. */
  readonly linked: readonly SourceFile[];
}

/** Half-made entries older than this were left behind by a process that died. */
const abandonedAfter = 60 * 60 * 1000;

/**
 * Makes sure that the cache holds a folder with exactly these contents. The folder's name is a digest of them, so a
 * model that changed gets another folder. It is built aside and renamed into place: two processes may do so at once.
 *
 * @returns the folder.
 */
export async function ensureEntry(cacheFolder: string, contents: EntryContents): Promise<string> {
  await mkdir(cacheFolder, { recursive: true });
  const prefix = `${digest([contents.model]).slice(0, 16)}-${contents.kind}-`;
  const entry = path.join(cacheFolder, prefix + contentDigest(contents).slice(0, 32));
  if (!(await isWhole(entry, contents))) await build(entry, contents);
  await removeOlder(cacheFolder, prefix, path.basename(entry));
  return entry;
}

function contentDigest({ written, linked }: EntryContents): string {
  return digest([
    ...[...written].flat(),
    ...linked.map((file) => JSON.stringify([file.name, file.path, file.size, file.modified])),
  ]);
}

function digest(parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${part.length}:`).update(part);
  return hash.digest('hex');
}

async function isWhole(entry: string, { written, linked }: EntryContents): Promise<boolean> {
  const sizes = await Promise.all(linked.map((file) => stat(path.join(entry, file.name)).catch(() => undefined)));
  if (linked.some((file, index) => sizes[index]?.size !== file.size)) return false;
  for (const [name, bytes] of written) {
    const present = await readFile(path.join(entry, name)).catch(() => undefined);
    if (!present?.equals(bytes)) return false;
  }
  return true;
}

async function build(entry: string, contents: EntryContents): Promise<void> {
  const draft = await mkdtemp(`${entry}.draft-`);
  try {
    for (const [name, bytes] of contents.written) await writeFile(await placeFor(draft, name), bytes);
    for (const file of contents.linked) await linkOrCopy(file.path, await placeFor(draft, file.name));
    await moveIntoPlace(draft, entry, contents);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

async function placeFor(folder: string, name: string): Promise<string> {
  const file = path.join(folder, name);
  await mkdir(path.dirname(file), { recursive: true });
  return file;
}

/** ONNX Runtime reads data only from the model's own folder and follows no symbolic link out of it; a hard link will do. */
async function linkOrCopy(source: string, target: string): Promise<void> {
  const file = await realpath(source);
  await link(file, target).catch(() => copyFile(file, target, constants.COPYFILE_FICLONE));
}

async function moveIntoPlace(draft: string, entry: string, contents: EntryContents): Promise<void> {
  try {
    await rename(draft, entry);
  } catch (error) {
    // Something stands there: the same entry, just made by another process, or a damaged one.
    if (await isWhole(entry, contents)) return;
    await rm(entry, { recursive: true, force: true });
    await rename(draft, entry).catch(async () => {
      if (!(await isWhole(entry, contents))) throw error;
    });
  }
}

async function removeOlder(cacheFolder: string, prefix: string, current: string): Promise<void> {
  for (const name of await readdir(cacheFolder)) {
    if (!name.startsWith(prefix) || name === current) continue;
    const folder = path.join(cacheFolder, name);
    const info = await stat(folder).catch(() => undefined);
    const inProgress = name.includes('.draft-') && info && Date.now() - info.mtimeMs < abandonedAfter;
    // What another process still has open may refuse to go; the next run tries again.
    if (!inProgress) await rm(folder, { recursive: true, force: true }).catch(() => undefined);
  }
}
