import { Runtime } from '../../../src/model/runtime/runtime.ts';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Engine, type ExplainOptions } from '../../../src/model/engine.ts';
import { Generations } from '../../../src/model/generate/generations.ts';
import { ExplainError, type FailureCode } from '../../../src/protocol/failure.ts';
import type { ExplainStage } from '../../../src/protocol/modelWire.ts';
import type { RunId, RunSummary } from '../../../src/protocol/run.ts';
import { attentionOf } from '../../support/wholeRun.ts';
import { greedy } from '../generate/support.ts';

const never = new AbortController().signal;
const picture = { quantity: 'weight', block: 1, pooling: 'max' } as const;
const bundled = path.resolve('models/default');
let cacheFolder: string;
let engine: Engine;

beforeAll(async () => {
  cacheFolder = await mkdtemp(path.join(tmpdir(), 'explain-attention-engine-'));
  engine = new Engine(new Runtime({ cacheFolder, threads: 1 }));
});
afterAll(() => rm(cacheFolder, { recursive: true, force: true }));

function explain(text: string, changes: Partial<ExplainOptions> = {}): Promise<RunSummary> {
  const options = { modelFolder: bundled, text, memoryBudget: 2 ** 30, ...changes };
  return engine.explain(options, () => undefined, new AbortController().signal);
}

async function failureCode(work: Promise<unknown>): Promise<FailureCode> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof ExplainError) return error.failure.code;
  throw new Error(`not an ExplainError: ${String(error)}`);
}

describe('explaining a text with the bundled model', () => {
  test('gives tokens that make up the text, and attention that holds its invariants', async () => {
    const text = "const animal = 'cat';\r\n\tconsole.log(animal); // 🐈‍⬛";
    const summary = await explain(text);
    expect(summary.tokens.map(({ start, end }) => (start < 0 ? '' : text.slice(start, end))).join('')).toBe(text);
    expect(summary).toMatchObject({ text, cut: undefined, model: { causal: true, layers: 6, heads: 8 } });
    expect(summary.check.rowSumError).toBeLessThan(1e-5);
    expect(summary.check.futureWeight).toBe(0);
    const attention = await engine.reader(summary.run, 'weight', never);
    expect([attention.layers, attention.heads, attention.tokens]).toEqual([6, 8, summary.tokens.length]);
    engine.release(summary.run);
  });

  test('reports the stages, the first run also those of loading', async () => {
    const fresh = new Engine(new Runtime({ cacheFolder, threads: 1 }));
    const stages: ExplainStage[] = [];
    const options = { modelFolder: bundled, text: 'Time flies', memoryBudget: 2 ** 30 };
    await fresh.explain(options, ({ stage, passes }) => passes ?? stages.push(stage), new AbortController().signal);
    expect(stages).toEqual(['tapping', 'loading', 'tokenizing', 'running', 'checking']);
    stages.length = 0;
    await fresh.explain(options, ({ stage, passes }) => passes ?? stages.push(stage), new AbortController().signal);
    expect(stages).toEqual(['tokenizing', 'running', 'checking']);
  });

  test('gives the same text the same numbers, whichever run it is', async () => {
    const [first, second] = [await explain('The cat sat on the mat'), await explain('The cat sat on the mat')];
    expect(second.run).not.toBe(first.run);
    const [one, other] = await Promise.all(
      [first, second].map(({ run }) => engine.overview({ ...picture, run }, never)),
    );
    expect(other).toEqual(one);
  });
});

describe('quantities', () => {
  test('value-weighted norms are the weights times the norms of the values, wherever they are read', async () => {
    const { run, tokens } = await explain('The cat sat on the mat');
    const place = { layer: 3, head: 2 };
    const whole = { start: 0, end: tokens.length };
    const side = tokens.length;
    const weights = (await attentionOf(engine, run)).region(place, whole, whole);
    const all = await engine.valueNorms(run, never);
    const norms = all.subarray((8 * place.layer + place.head) * side, (8 * place.layer + place.head + 1) * side);
    const expected = weights.map((weight, cell) => weight * norms[cell % side]!);
    const heads = { kind: 'head', ...place } as const;
    const request = { run, heads, quantity: 'valueNorm', rows: whole, columns: whole, pooling: 'max' } as const;
    expect((await engine.slice({ ...request, block: { rows: 1, columns: 1 } }, never)).data).toEqual(expected);
    const token = side - 1;
    const partners = await engine.partners({ run, token, heads, quantity: 'valueNorm', count: 1 }, never);
    expect(partners.looksAt.selected[0]?.weight).toBe(Math.max(...expected.subarray(token * side)));
    const question = { kind: 'pair', query: token, key: 1, quantity: 'valueNorm' } as const;
    const pair = await engine.inspect({ run, question }, never);
    expect(pair.kind === 'pair' && pair.values[8 * place.layer + place.head]).toBe(expected[token * side + 1]);
  });

  test('there is no rollout of norms', async () => {
    const { run } = await explain('The cat sat on the mat');
    const heads = { kind: 'rollout', layer: 0 } as const;
    const partners = engine.partners({ run, token: 0, heads, quantity: 'valueNorm', count: 1 }, never);
    await expect(partners).rejects.toThrow(RangeError);
  });
});

describe('limits are said', () => {
  const words = 'the cat sat on the mat and looked at the dog '.repeat(200);

  test('the context of the model cuts the text at a token', async () => {
    const { cut, text, tokens, model } = await explain(words, { modelFolder: path.resolve('test/vectors/gpt2') });
    expect(cut).toEqual({
      reason: 'context',
      usedLength: text.length,
      totalLength: words.length,
      usedLines: 0,
      totalLines: 1,
      tokenLimit: model.contextLength,
    });
    expect(tokens.length).toBe(model.contextLength);
    expect(words.startsWith(text)).toBe(true);
    expect(tokens.at(-1)?.end).toBe(text.length);
  });

  test('a cut is counted in lines, by their ends', async () => {
    const lines = 'the cat sat on the mat\r\nand looked\rat the dog\n'.repeat(40);
    const { cut, text } = await explain(lines, { modelFolder: path.resolve('test/vectors/gpt2') });
    expect(cut?.totalLines).toBe(120);
    expect(cut?.usedLines).toBe(lines.slice(0, text.length).split(/\r\n|\r|\n/).length - 1);
    expect(cut?.usedLines).toBeGreaterThan(2);
    const ended = await explain(`${lines}end`, { modelFolder: path.resolve('test/vectors/gpt2') });
    expect(ended.cut?.totalLines).toBe(121);
  });

  test('so does the memory budget, before anything is allocated', async () => {
    const fresh = new Engine(new Runtime({ cacheFolder, threads: 1 }));
    const memoryBudget = 6 * 8 * 4 * 100 ** 2;
    const options = { modelFolder: bundled, text: words, memoryBudget };
    const { cut, tokens, bytes, run } = await fresh.explain(options, () => undefined, never);
    expect(cut).toMatchObject({ reason: 'memory', tokenLimit: 100 });
    expect(cut!.bytesNeeded).toBeGreaterThan(memoryBudget);
    expect(tokens.length).toBe(100);
    expect(bytes).toBe(memoryBudget);
    // What is open counts.
    await expect(fresh.explain(options, () => undefined, never)).rejects.toMatchObject({
      failure: { code: 'overBudget' },
    });
    fresh.release(run);
    expect((await fresh.explain(options, () => undefined, never)).tokens.length).toBe(100);
    await fresh.dispose();
  });

  test('a run that may be given up is kept as long as there is room beside it', async () => {
    const fresh = new Engine(new Runtime({ cacheFolder, threads: 1 }));
    const options = { modelFolder: bundled, memoryBudget: 6 * 8 * 4 * 100 ** 2 };
    const run = async (text: string, spare: readonly RunId[]): Promise<RunSummary> =>
      fresh.explain({ ...options, text, spare }, () => undefined, never);
    const first = await run(words.slice(0, 100), []);
    const second = await run('Time flies', [first.run]);
    await expect(fresh.reader(first.run, 'weight', never)).resolves.toBeDefined();
    const third = await run(words, [first.run, second.run]);
    expect(third.cut?.tokenLimit).toBe(100);
    await expect(fresh.reader(first.run, 'weight', never)).rejects.toThrow('no longer in memory');
    await fresh.dispose();
  });

  test('a budget too small for anything is refused', async () => {
    expect(await failureCode(explain('text', { memoryBudget: 100 }))).toBe('overBudget');
  });

  test('an empty text is refused', async () => {
    expect(await failureCode(explain(''))).toBe('emptyText');
  });
});

describe('runs', () => {
  test('that were released or never made are refused', async () => {
    const { run } = await explain('gone');
    engine.release(run);
    expect(await failureCode(engine.overview({ ...picture, run }, never))).toBe('unknownRun');
    expect(await failureCode(engine.overview({ ...picture, run: 10 ** 6 }, never))).toBe('unknownRun');
  });

  test('that are cancelled leave nothing, and the next one works', async () => {
    const controller = new AbortController();
    const options = { modelFolder: bundled, text: 'cancelled', memoryBudget: 2 ** 30 };
    const cancelled = engine.explain(
      options,
      ({ stage }) => stage === 'running' && controller.abort(),
      controller.signal,
    );
    const next = explain('next');
    await expect(cancelled).rejects.toMatchObject({ name: 'AbortError' });
    expect((await next).text).toBe('next');
  });
});

describe('a model that is replaced while it is loaded', () => {
  test('is loaded anew for the next text, and says nothing of earlier ones', async () => {
    const modelFolder = path.join(cacheFolder, 'replaced');
    await cp('test/vectors/gpt2', modelFolder, { recursive: true });
    const before = await explain('The cat sat', { modelFolder });
    await rm(modelFolder, { recursive: true });
    await cp('test/vectors/llama', modelFolder, { recursive: true });
    await expect(engine.valueNorms(before.run, never)).rejects.toThrow('have changed since this text was explained');
    const after = await explain('The cat sat', { modelFolder });
    expect([before.model.architecture, after.model.architecture]).toEqual(['gpt2', 'llama']);
    expect((await engine.valueNorms(after.run, never)).length).toBeGreaterThan(0);
  });

  test('in generation too', async () => {
    const modelFolder = path.join(cacheFolder, 'continued');
    const runtime = new Runtime({ cacheFolder, threads: 1 });
    const generations = new Generations(runtime);
    const options = { modelFolder, text: 'The cat', policy: { kind: 'full' }, memoryBudget: 2 ** 30 } as const;
    const start = () => generations.start({ ...options, sampling: greedy }, () => undefined, never);
    const architectures: string[] = [];
    for (const vector of ['gpt2', 'llama']) {
      await rm(modelFolder, { recursive: true, force: true });
      await cp(`test/vectors/${vector}`, modelFolder, { recursive: true });
      architectures.push((await start()).origin.model.architecture);
    }
    expect(architectures).toEqual(['gpt2', 'llama']);
    await runtime.dispose();
  });
});

describe('a model folder that is none', () => {
  test('missing, or without a configuration', async () => {
    expect(await failureCode(explain('text', { modelFolder: path.join(cacheFolder, 'missing') }))).toBe('modelFolder');
  });

  test('config.json that contradicts the graph: the graph is right', async () => {
    const folder = path.join(cacheFolder, 'contradiction');
    await cp(bundled, folder, { recursive: true });
    const file = path.join(folder, 'config.json');
    const config = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
    await writeFile(file, JSON.stringify({ ...config, num_attention_heads: 4, head_dim: 64 }));
    const [{ model, check }, { model: right }] = [
      await explain('text', { modelFolder: folder }),
      await explain('text'),
    ];
    expect(model).toMatchObject({ layers: right.layers, heads: right.heads, keyValueHeads: right.keyValueHeads });
    expect(check.rowSumError).toBeLessThan(1e-4);
  });
});
