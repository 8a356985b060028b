import { createHash } from 'node:crypto';
import { readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod/mini';
import { makeFolder } from './makeFolder.ts';
import { fateOf, type ModelFile } from './modelFile.ts';

/** In each entry: the files of the model that it belongs to. */
const manifestName = 'model.json';
const manifestSchema = z.object({
  files: z.array(z.object({ path: z.string(), size: z.number(), modified: z.number() })),
});

type Manifest = z.infer<typeof manifestSchema>;

const entryName = /^[0-9a-f]{16}-[0-9a-f]{32}$/;
/** Those of earlier versions, which held links to the model's weights, or copies of them. */
const formerName = /^[0-9a-f]{16}-[a-z]+-[0-9a-f]{32}(?:\.draft-.*)?$/;

/** An entry without a manifest is just being made, unless it is older than this. */
const abandonedAfter = 60 * 60 * 1000;

/**
 * The folder of the cache in which what was measured of a model is kept. It belongs to this very state of the model's
 * files and of the graph that it was measured with. What is there of other states, and of models that are gone, is
 * removed: nothing in the cache is needed, so other processes only measure again.
 *
 * @returns the folder, which is missing where it cannot be made.
 */
export async function cacheEntry(cacheFolder: string, files: readonly ModelFile[], graph: Uint8Array): Promise<string> {
  const manifest: Manifest = {
    files: files.map(({ path: file, size, modified }) => ({ path: file, size, modified })),
  };
  const model = digest([files[0]?.path ?? '']).slice(0, 16);
  const entry = path.join(cacheFolder, `${model}-${digest([JSON.stringify(manifest), graph]).slice(0, 32)}`);
  await make(entry, manifest).catch(() => undefined);
  await removeOthers(cacheFolder, path.basename(entry), model).catch(() => undefined);
  return entry;
}

function digest(parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${part.length}:`).update(part);
  return hash.digest('hex');
}

async function make(entry: string, manifest: Manifest): Promise<void> {
  if (await readManifest(entry)) return;
  await makeFolder(entry);
  const unfinished = path.join(entry, `${manifestName}.${process.pid}.part`);
  await writeFile(unfinished, JSON.stringify(manifest));
  await rename(unfinished, path.join(entry, manifestName));
}

async function removeOthers(cacheFolder: string, current: string, model: string): Promise<void> {
  for (const name of await readdir(cacheFolder)) {
    const entry = path.join(cacheFolder, name);
    const isOther = entryName.test(name) && name !== current;
    if (!formerName.test(name) && !(isOther && (name.startsWith(model) || (await isObsolete(entry))))) continue;
    // What another process still has open may refuse to go; the next run tries again.
    await rm(entry, { recursive: true, force: true }).catch(() => undefined);
  }
}

async function isObsolete(entry: string): Promise<boolean> {
  const manifest = await readManifest(entry);
  if (!manifest) return Date.now() - (await stat(entry)).mtimeMs > abandonedAfter;
  const fates = await Promise.all(manifest.files.map(fateOf));
  return fates.some((fate) => fate !== 'same');
}

async function readManifest(entry: string): Promise<Manifest | undefined> {
  try {
    return manifestSchema.safeParse(JSON.parse(await readFile(path.join(entry, manifestName), 'utf8'))).data;
  } catch {
    return undefined;
  }
}
