import { Runtime } from '../../../src/model/runtime/runtime.ts';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Engine } from '../../../src/model/engine.ts';
import type { PassProgress } from '../../../src/protocol/modelWire.ts';

const sentence = 'the cat sat on the mat and looked at the dog ';
let cacheFolder: string;

beforeAll(async () => {
  cacheFolder = await mkdtemp(path.join(tmpdir(), 'explain-attention-times-'));
});
afterAll(() => rm(cacheFolder, { recursive: true, force: true }));

/** What is told of the passes of a text, by a process that has just started. */
async function told(text: string): Promise<readonly PassProgress[]> {
  const engine = new Engine(new Runtime({ cacheFolder, threads: 1 }));
  const options = { modelFolder: path.resolve('models/default'), text, memoryBudget: 2 ** 30 };
  const all: PassProgress[] = [];
  const { signal } = new AbortController();
  await engine.explain(options, ({ passes }) => passes && all.push(passes), signal);
  await engine.dispose();
  return all;
}

async function timesFile(): Promise<string> {
  const files = await readdir(cacheFolder, { recursive: true });
  return path.join(
    cacheFolder,
    files.find((file) => file.endsWith('pass-times.json'))!,
  );
}

// 641 tokens run in passes and are kept whole; of 1,601 the weights are computed.
test.each([
  ['whole', 64],
  ['computed', 160],
])('a run is estimated before its first pass from an earlier one, kept %s', async (_, repeats) => {
  const first = await told(sentence.repeat(repeats));
  expect(first[0]).toMatchObject({ done: 0, left: undefined });
  expect(first.at(-1)).toMatchObject({ done: first[0]!.total, left: 0 });
  const second = await told(sentence.repeat(repeats));
  for (const { done, total, left } of second) expect(left! > 0).toBe(done < total);
});

test('what is kept of times holds no text, and a file that is none is measured anew', async () => {
  const file = await timesFile();
  const kept = JSON.parse(await readFile(file, 'utf8')) as object;
  expect(Object.keys(kept)).toEqual(['whole, 1 threads', 'computed, 1 threads']);
  expect(JSON.stringify(kept)).not.toContain('cat');
  for (const nonsense of ['{', '{"whole, 1 threads":[{"rows":0,"keys":1,"milliseconds":1}]}']) {
    await writeFile(file, nonsense);
    expect((await told(sentence))[0]).toMatchObject({ done: 0, left: undefined });
  }
});
