import { appendFile, cp, mkdtemp, readdir, readFile, rm, stat, truncate, utimes } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type TappedModel, tapModel } from '../../../src/model/tap/tapModel.ts';

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

const tap = (keep: 'attention' | 'logits' = 'attention') => tapModel({ modelFolder, cacheFolder, keep });
const graphOf = ({ folder, fileName }: TappedModel) => path.join(folder, 'onnx', `${fileName}.onnx`);

test('the folder borrows the weights and is made once', async () => {
  const first = await tap();
  expect((await readdir(first.folder, { recursive: true })).sort()).toEqual([
    'config.json',
    'generation_config.json',
    'onnx',
    'onnx/model.onnx',
    'onnx/model.onnx_data',
    'onnx/tapped.onnx',
    'tokenizer.json',
    'tokenizer_config.json',
  ]);
  const [weights, borrowed] = await Promise.all(
    [modelFolder, first.folder].map((folder) => stat(path.join(folder, 'onnx/model.onnx_data'))),
  );
  expect(borrowed?.ino).toBe(weights?.ino);
  const made = await stat(first.folder);
  expect(await tap()).toEqual(first);
  expect((await stat(first.folder)).ino).toBe(made.ino);
});

test('both kinds stand side by side', async () => {
  const folders = [await tap('attention'), await tap('logits'), await tap('attention')].map(({ folder }) => folder);
  expect(folders[2]).toBe(folders[0]);
  expect((await readdir(cacheFolder)).sort()).toEqual(
    folders
      .slice(0, 2)
      .map((folder) => path.basename(folder))
      .sort(),
  );
});

test('a model that changed gets another folder, and the old one goes', async () => {
  const before = await tap();
  await utimes(path.join(modelFolder, 'onnx/model.onnx'), new Date(), new Date());
  const after = await tap();
  expect(after.folder).not.toBe(before.folder);
  expect(await readdir(cacheFolder)).toEqual([path.basename(after.folder)]);
});

test.each<[string, (tapped: TappedModel) => Promise<unknown>]>([
  ['cut off', (tapped) => truncate(graphOf(tapped), 1000)],
  ['added to', (tapped) => appendFile(graphOf(tapped), 'x')],
  ['without its weights', (tapped) => rm(path.join(tapped.folder, 'onnx/model.onnx'))],
  ['without its config', (tapped) => rm(path.join(tapped.folder, 'config.json'))],
])('a folder whose graph is damaged is made again: %s', async (_, damage) => {
  const tapped = await tap();
  const whole = await readFile(graphOf(tapped));
  await damage(tapped);
  expect(await tap()).toEqual(tapped);
  expect(await readFile(graphOf(tapped))).toEqual(whole);
  expect((await stat(path.join(tapped.folder, 'onnx/model.onnx'))).size).toBeGreaterThan(0);
  expect(await readdir(cacheFolder)).toEqual([path.basename(tapped.folder)]);
});

test('several at once agree and leave no drafts', async () => {
  const all = await Promise.all(Array.from({ length: 8 }, () => tap()));
  expect(new Set(all.map(({ folder }) => folder)).size).toBe(1);
  expect(await readdir(cacheFolder)).toEqual([path.basename(all[0]!.folder)]);
});

test('drafts that a dead process left behind go after a while', async () => {
  const { folder } = await tap();
  const draft = `${folder}.draft-dead`;
  await cp(folder, draft, { recursive: true });
  await tap();
  expect(await readdir(cacheFolder)).toHaveLength(2);
  const yesterday = new Date(Date.now() - 24 * 60 * 60 * 1000);
  await utimes(draft, yesterday, yesterday);
  await tap();
  expect(await readdir(cacheFolder)).toEqual([path.basename(folder)]);
});
