import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { Engine } from '../../../src/model/engine.ts';
import { Generations } from '../../../src/model/generate/generations.ts';
import { bytesOf } from '../../../src/model/longContext/memory.ts';
import { collectGarbage } from '../../../src/model/runtime/garbage.ts';
import { GraphSession } from '../../../src/model/runtime/graphSession.ts';
import { Runtime } from '../../../src/model/runtime/runtime.ts';
import type { ResumedToken } from '../../../src/protocol/generationWire.ts';
import type { Question } from '../../../src/protocol/inspection.ts';
import { folderOf, greedy, never } from '../generate/support.ts';
import { words } from '../longContext/support.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'explain-attention-runtime-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));
afterEach(() => void vi.restoreAllMocks());

const memoryBudget = 2 ** 30;
const cell = { rows: 1, columns: 1 } as const;

function features(keptFor?: number) {
  const runtime = new Runtime({
    cacheFolder: path.join(folder, 'cache'),
    threads: 1,
    ...(keptFor !== undefined && { keptFor }),
  });
  const engine = new Engine(runtime);
  const generations = new Generations(runtime);
  const explain = (text: string, modelFolder = folderOf('default'), budget = memoryBudget) =>
    engine.explain({ modelFolder, text, memoryBudget: budget }, () => undefined, never);
  const ask = (run: number, question: Question) => engine.inspect({ run, question }, never);
  const start = (policy: object = { kind: 'full' }, budget = memoryBudget, modelFolder = folderOf('default')) =>
    generations.start(
      { modelFolder, text: 'The cat', policy: policy as { kind: 'full' }, sampling: greedy, memoryBudget: budget },
      () => undefined,
      never,
    );
  const dispose = async (): Promise<void> => {
    await engine.dispose();
    await runtime.dispose();
  };
  return { runtime, engine, generations, explain, ask, start, dispose };
}

/** Every feature in turn, on one short and one long text. */
async function useAll({ engine, generations, explain, ask, start }: ReturnType<typeof features>): Promise<void> {
  const short = await explain('The cat sat on the mat');
  const long = await explain(words.repeat(100));
  expect([short.weights.kind, long.weights.kind]).toEqual(['whole', 'computed']);
  for (const { run, tokens } of [short, long]) {
    const query = tokens.length - 1;
    const whole = { start: 0, end: tokens.length };
    const last = { start: query, end: query + 1 };
    const heads = { kind: 'head', layer: 1, head: 1 } as const;
    const region = { run, heads, rows: last, columns: whole, block: cell, pooling: 'max' } as const;
    await engine.slice({ ...region, quantity: 'weight' }, never);
    await engine.slice({ ...region, quantity: 'valueNorm' }, never);
    await ask(run, { kind: 'row', layer: 0, head: 0, query });
    await ask(run, { kind: 'reads', token: 3 });
    await ask(run, { kind: 'effects', query, ablations: [{ kind: 'heads', heads: [{ layer: 0, head: 0 }] }] });
    await ask(run, { kind: 'linearWeights' });
  }
  await ask(short.run, { kind: 'roles' });
  const { origin } = await start();
  await generations.with(origin.generation, never, (generation) => generation.step(undefined, never));
  await generations.close(origin.generation);
  engine.release(short.run);
  engine.release(long.run);
}

describe('one loaded model', () => {
  test('is one session, whatever is asked of it, and its memory returns after each', async () => {
    const opened = vi.spyOn(GraphSession, 'openModel');
    const all = features();
    await useAll(all);
    const held = async (): Promise<number> => {
      await collectGarbage();
      return process.memoryUsage().arrayBuffers;
    };
    const before = await held();
    await useAll(all);
    expect((await held()) - before).toBeLessThan(2 ** 20);
    expect(opened).toHaveBeenCalledTimes(1);
    await all.dispose();
  });

  test('is loaded once for requests that come together', async () => {
    const opened = vi.spyOn(GraphSession, 'openModel');
    const all = features();
    await Promise.all([all.explain('one'), all.explain('other'), all.start()]);
    expect(opened).toHaveBeenCalledTimes(1);
    await all.dispose();
  });

  test('is given back when nothing uses it for a while; a generation uses it until it is closed', async () => {
    const opened = vi.spyOn(GraphSession, 'openModel');
    const released = vi.spyOn(GraphSession.prototype, 'release');
    const all = features(0);
    const { run } = await all.explain('The cat sat', folderOf('llama'));
    await expect.poll(() => released.mock.calls.length).toBe(1);
    // What is open is still there, and a question brings the model back.
    await all.ask(run, { kind: 'row', layer: 0, head: 0, query: 2 });
    await expect.poll(() => released.mock.calls.length).toBe(2);
    const { origin } = await all.start(undefined, memoryBudget, folderOf('llama'));
    await all.ask(run, { kind: 'row', layer: 0, head: 0, query: 1 });
    expect([opened.mock.calls.length, released.mock.calls.length]).toEqual([3, 2]);
    await all.generations.close(origin.generation);
    await expect.poll(() => released.mock.calls.length).toBe(3);
    await all.dispose();
  });

  test('two models are beside each other, each once', async () => {
    const opened = vi.spyOn(GraphSession, 'openModel');
    const all = features();
    for (const model of ['llama', 'gpt2', 'llama', 'gpt2']) {
      const { model: description } = await all.explain('The cat', folderOf(model));
      expect(description.folder).toBe(folderOf(model));
    }
    expect(opened).toHaveBeenCalledTimes(2);
    await all.dispose();
  });

  test('whose files are replaced stays for the generation that has it, and nobody else gets it', async () => {
    const all = features();
    const modelFolder = path.join(folder, 'replaced');
    await cp(folderOf('gpt2'), modelFolder, { recursive: true });
    const { origin } = await all.start(undefined, memoryBudget, modelFolder);
    await rm(modelFolder, { recursive: true });
    await cp(folderOf('llama'), modelFolder, { recursive: true });
    expect((await all.explain('The cat', modelFolder)).model.architecture).toBe('llama');
    const step = await all.generations.with(origin.generation, never, async (generation) => {
      await generation.step(undefined, never);
      return generation.model.description.architecture;
    });
    expect(step).toBe('gpt2');
    await all.dispose();
  });
});

describe('one memory budget', () => {
  test('holds with a run, another to compare it with, and a generation open at once', async () => {
    const all = features();
    const budget = 12 * 2 ** 20;
    const first = await all.explain('The cat sat on the mat. '.repeat(20), undefined, budget);
    const second = await all.explain('A dog looked at it. '.repeat(20), undefined, budget);
    expect(first.cut).toBeUndefined();
    const left = budget - first.bytes - second.bytes;
    expect(left).toBeGreaterThan(0);
    // What the runs leave is all that a generation may reserve …
    const bytesPerPosition = 6 * 2 * 384 * 4;
    const most = Math.floor(left / bytesPerPosition);
    await expect(all.start({ kind: 'preallocated', positions: most + 1 }, budget)).rejects.toMatchObject({
      failure: { code: 'overBudget' },
    });
    const { origin } = await all.start({ kind: 'preallocated', positions: Math.floor(most / 2) }, budget);
    // … and what it reserved is not there for a third run, until it is closed.
    const text = 'The cat sat on the mat. '.repeat(100);
    const beside = await all.explain(text, undefined, budget);
    expect(beside.cut?.reason).toBe('memory');
    expect(first.bytes + second.bytes + beside.bytes + Math.floor(most / 2) * bytesPerPosition).toBeLessThanOrEqual(
      budget,
    );
    all.engine.release(beside.run);
    await all.generations.close(origin.generation);
    const after = await all.explain(text, undefined, budget);
    expect(after.tokens.length).toBeGreaterThan(beside.tokens.length);
    await all.dispose();
  });
});

test('a run that takes nearly all of the budget still answers questions', async () => {
  const all = features();
  const { run, tokens } = await all.explain(words.repeat(100));
  all.engine.release(run);
  // What is left is less than the keys and values that a question copies.
  const shape = { layers: 6, heads: 8, keyValueHeads: 8, headSize: 48, precision: 'single' } as const;
  const tight = await all.explain(words.repeat(100), undefined, bytesOf(tokens.length, shape));
  expect(tight.tokens.length).toBe(tokens.length);
  expect(tight.refused.inspection).toBeUndefined();
  await all.ask(tight.run, { kind: 'row', layer: 1, head: 1, query: tokens.length - 1 });
  await all.dispose();
});

test('a generation that fails as it starts leaves its share of the budget', async () => {
  const all = features();
  const positions = 400;
  const policy = { kind: 'preallocated', positions } as const;
  const options = { modelFolder: folderOf('default'), text: 'The cat', policy, sampling: greedy };
  const budget = 12 * 2 ** 20;
  const start = (resume: readonly ResumedToken[]) =>
    all.generations.start({ ...options, resume, memoryBudget: budget }, () => undefined, never);
  await expect(start([{ id: 10 ** 6, probability: undefined, chosenBy: 'user' }])).rejects.toThrow();
  await expect(start([])).resolves.toBeDefined();
  await all.dispose();
});

test('a question about a run is answered while another run is under way', async () => {
  const all = features();
  const { run, tokens } = await all.explain('The cat sat on the mat');
  const done: string[] = [];
  let asked: Promise<unknown> | undefined;
  await all.engine
    .explain(
      { modelFolder: folderOf('default'), text: words.repeat(25), memoryBudget },
      ({ passes }) => {
        if (passes) done.push(`pass ${passes.done}`);
        if (passes?.done !== 128) return;
        asked = all
          .ask(run, { kind: 'row', layer: 2, head: 1, query: tokens.length - 1 })
          .then(() => done.push('answer'));
      },
      never,
    )
    .then(() => done.push('run'));
  await asked;
  expect(done.indexOf('answer')).toBe(done.indexOf('pass 128') + 1);
  expect(done.at(-1)).toBe('run');
  await all.dispose();
});
