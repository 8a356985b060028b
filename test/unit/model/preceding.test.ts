import { Runtime } from '../../../src/model/runtime/runtime.ts';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Engine, type ExplainOptions } from '../../../src/model/engine.ts';
import { beginningOf } from '../../../src/model/explain/preceding.ts';
import type { RunSummary } from '../../../src/protocol/run.ts';
import { attentionOf } from '../../support/wholeRun.ts';

const never = new AbortController().signal;
const vector = (name: string): string => path.resolve('test/vectors', name);
const selected = 'and sat on the mat';
let cacheFolder: string;
let engine: Engine;

beforeAll(async () => {
  cacheFolder = await mkdtemp(path.join(tmpdir(), 'explain-attention-preceding-'));
  engine = new Engine(new Runtime({ cacheFolder, threads: 1 }));
});
afterAll(async () => {
  await engine.dispose();
  await rm(cacheFolder, { recursive: true, force: true });
});

function explain(
  before: string,
  selection: string,
  starts: readonly number[],
  changes: Partial<ExplainOptions> = {},
): Promise<RunSummary> {
  const common = { modelFolder: path.resolve('models/default'), memoryBudget: 2 ** 30 };
  const preceding = { length: before.length, starts };
  return engine.explain({ ...common, text: before + selection, preceding, ...changes }, () => undefined, never);
}

function selectedText({ tokens, text, selection }: RunSummary): string {
  return text.slice(tokens[selection.start]!.start, tokens.slice(0, selection.end).at(-1)?.end);
}

describe('a selection with what precedes it', () => {
  test('is the end of the whole text, with the very weights of that text', async () => {
    const before = 'The cat came in\n';
    const summary = await explain(before, selected, [0]);
    expect(summary).toMatchObject({ text: before + selected, precedingLength: before.length, cut: undefined });
    expect(summary.selection.end).toBe(summary.tokens.length);
    expect(selectedText(summary)).toBe(selected);
    const whole = await engine.explain(
      { modelFolder: path.resolve('models/default'), text: before + selected, memoryBudget: 2 ** 30 },
      () => undefined,
      never,
    );
    expect(whole).toMatchObject({ precedingLength: 0, selection: { start: 0, end: whole.tokens.length } });
    const all = { start: 0, end: whole.tokens.length };
    const [one, other] = [await attentionOf(engine, summary.run), await attentionOf(engine, whole.run)];
    const head = { layer: 2, head: 1 };
    expect(one.region(head, summary.selection, all)).toEqual(other.region(head, summary.selection, all));
  });

  test('begins with the token that holds its first character, be it with some of what precedes', async () => {
    const summary = await explain('The cat came in ', selected, [0]);
    const first = summary.tokens[summary.selection.start]!;
    expect(first.start).toBeLessThanOrEqual(summary.precedingLength);
    expect(first.end).toBeGreaterThan(summary.precedingLength);
  });

  test('special tokens before the text precede it, those behind belong to it', async () => {
    const summary = await explain('the cat came in. ', selected, [0], { modelFolder: vector('bert') });
    const { tokens, selection } = summary;
    expect(selection.start).toBeGreaterThan(1);
    expect(tokens[0]!.start).toBe(-1);
    expect([tokens.at(-1)!.start, selection.end]).toEqual([-1, tokens.length]);
  });

  test('leaves out what does not fit into the context, by whole blocks', async () => {
    const block = 'the cat sat on the mat and looked at the dog \n';
    const before = block.repeat(100);
    const starts = Array.from({ length: 20 }, (_, index) => index * 5 * block.length);
    const summary = await explain(before, selected, starts, { modelFolder: vector('gpt2') });
    const { contextLength } = summary.model;
    expect(summary.tokens.length).toBeLessThanOrEqual(contextLength);
    const start = before.length - summary.precedingLength;
    expect(starts).toContain(start);
    expect(summary.text).toBe((before + selected).slice(start));
    // One block more would be too long.
    const longer = await engine.explain(
      { modelFolder: vector('gpt2'), text: (before + selected).slice(start - 5 * block.length), memoryBudget: 2 ** 30 },
      () => undefined,
      never,
    );
    expect(longer.cut?.reason).toBe('context');
  });

  test('begins with a line where no block fits, and what fits in memory counts', async () => {
    const line = 'the cat sat on the mat and looked at the dog\n';
    const memoryBudget = 6 * 8 * 4 * 100 ** 2;
    const fresh = new Engine(new Runtime({ cacheFolder, threads: 1 }));
    const options = { modelFolder: path.resolve('models/default'), memoryBudget };
    const text = line.repeat(30) + selected;
    const preceding = { length: 30 * line.length, starts: [0] };
    const summary = await fresh.explain({ ...options, text, preceding }, () => undefined, never);
    expect(summary.precedingLength % line.length).toBe(0);
    expect(summary.precedingLength).toBeGreaterThan(0);
    expect(summary.tokens.length).toBeLessThanOrEqual(100);
    expect(summary.tokens.length + 12).toBeGreaterThan(100);
    await fresh.dispose();
  });

  test('stays alone where nothing more fits, and is cut like any other', async () => {
    const long = 'the cat sat on the mat and looked at the dog '.repeat(200);
    const summary = await explain('The cat came in\n', long, [0], { modelFolder: vector('gpt2') });
    expect(summary).toMatchObject({ precedingLength: 0, cut: { reason: 'context', totalLength: long.length } });
    expect(long.startsWith(summary.text)).toBe(true);
  });

  test('a selection without tokens is refused as it is alone', async () => {
    const refused = explain('the cat came in.', '  ', [0], { modelFolder: vector('bert') });
    await expect(refused).rejects.toMatchObject({ failure: { code: 'emptyText' } });
  });
});

test('a beginning is looked for among blocks, then lines', async () => {
  const text = 'one\r\ntwo\nthree four';
  const from = (starts: readonly number[], least: number): Promise<number> =>
    beginningOf(text, { length: 15, starts }, (offset) => Promise.resolve(offset >= least));
  const found = await Promise.all([0, 1, 5, 6, 9, 10, 15].map((least) => from([0, 5], least)));
  expect(found).toEqual([0, 5, 5, 9, 9, 15, 15]);
  expect(await from([], 0)).toBe(0);
});
