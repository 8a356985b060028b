import { cp, mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { cacheEntry } from '../../../src/model/folder/cacheEntry.ts';
import { readRuntimeGraph } from '../../../src/model/graph/runtimeGraph.ts';

let temporary: string;
let modelFolder: string;
let cacheFolder: string;
beforeEach(async () => {
  temporary = await mkdtemp(path.join(os.tmpdir(), 'tap-cache-'));
  modelFolder = path.join(temporary, 'model');
  cacheFolder = path.join(temporary, 'cache');
  await cp('test/vectors/gpt2-external', modelFolder, { recursive: true });
});
afterEach(() => rm(temporary, { recursive: true }));

async function entry(folder = modelFolder, graph?: Uint8Array): Promise<string> {
  const { files, sidecar } = await readRuntimeGraph(folder);
  return cacheEntry(cacheFolder, files, graph ?? sidecar.bytes);
}

async function otherModel(): Promise<string> {
  const folder = path.join(temporary, 'other');
  await cp('test/vectors/gpt2', folder, { recursive: true });
  return folder;
}

const yesterday = new Date(Date.now() - 24 * 60 * 60 * 1000);

test('an entry holds nothing of the model, and is made once', async () => {
  const first = await entry();
  expect(await readdir(first)).toEqual(['model.json']);
  const made = await stat(path.join(first, 'model.json'));
  expect(await entry()).toBe(first);
  expect((await stat(path.join(first, 'model.json'))).mtimeMs).toBe(made.mtimeMs);
});

test('what is kept stays while the model is there, whatever else is explained', async () => {
  const first = await entry();
  await writeFile(path.join(first, 'head-roles.json'), '{}');
  const second = await entry(await otherModel());
  expect(await entry()).toBe(first);
  expect((await readdir(cacheFolder)).sort()).toEqual([first, second].map((folder) => path.basename(folder)).sort());
  expect((await readdir(first)).sort()).toEqual(['head-roles.json', 'model.json']);
});

test.each<[string, () => Promise<unknown>]>([
  ['its graph', () => utimes(path.join(modelFolder, 'onnx/model.onnx'), yesterday, yesterday)],
  ['its weights', () => utimes(path.join(modelFolder, 'onnx/model.onnx_data'), yesterday, yesterday)],
])('a model that changed gets another entry, and the old one goes: %s', async (_, change) => {
  const before = await entry();
  await change();
  const after = await entry();
  expect(after).not.toBe(before);
  expect(await readdir(cacheFolder)).toEqual([path.basename(after)]);
});

test('another graph made of the same model gets another entry', async () => {
  const before = await entry();
  const after = await entry(modelFolder, Uint8Array.of(1));
  expect(after).not.toBe(before);
  expect(await readdir(cacheFolder)).toEqual([path.basename(after)]);
});

test('entries of models that are gone are removed', async () => {
  const other = await otherModel();
  await entry();
  await rm(modelFolder, { recursive: true });
  expect(await readdir(cacheFolder)).toHaveLength(1);
  const kept = await entry(other);
  expect(await readdir(cacheFolder)).toEqual([path.basename(kept)]);
});

test('entries of earlier versions, which hold weights, are removed; what else lies there is left alone', async () => {
  const former = path.join(cacheFolder, `${'0'.repeat(16)}-attention-${'1'.repeat(32)}`);
  const draft = `${former}.draft-x`;
  for (const folder of [former, draft, path.join(cacheFolder, 'mine')]) {
    await mkdir(path.join(folder, 'onnx'), { recursive: true });
    await writeFile(path.join(folder, 'onnx', 'model.onnx_data'), 'weights');
  }
  const kept = await entry();
  expect((await readdir(cacheFolder)).sort()).toEqual([path.basename(kept), 'mine'].sort());
});

test('an entry that another process is just making stays; one that was left behind goes', async () => {
  const unfinished = path.join(cacheFolder, `${'0'.repeat(16)}-${'1'.repeat(32)}`);
  await mkdir(unfinished, { recursive: true });
  await entry();
  expect(await readdir(cacheFolder)).toHaveLength(2);
  await utimes(unfinished, yesterday, yesterday);
  const kept = await entry();
  expect(await readdir(cacheFolder)).toEqual([path.basename(kept)]);
});

test('several at once agree and leave nothing half-made', async () => {
  const all = await Promise.all(Array.from({ length: 8 }, () => entry()));
  expect(new Set(all).size).toBe(1);
  expect(await readdir(cacheFolder)).toEqual([path.basename(all[0]!)]);
  expect(await readdir(all[0]!)).toEqual(['model.json']);
});

test('a cache that cannot be made keeps nothing and breaks nothing', async () => {
  await writeFile(cacheFolder, 'a file');
  const kept = await entry();
  expect(path.dirname(kept)).toBe(cacheFolder);
  await expect(stat(kept)).rejects.toThrow('ENOTDIR');
});
