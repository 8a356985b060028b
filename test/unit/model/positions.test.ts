import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { changedModel } from '../../support/changedModel.ts';
import { folderOf, never, useGenerations } from '../generate/support.ts';
import { useEngine } from '../inspect/support.ts';

const { explain } = useEngine();
const { start } = useGenerations();
const text = 'The quick brown fox jumps over the lazy dog. '.repeat(40);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'explain-attention-positions-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const nothing = { n_positions: undefined, n_ctx: undefined, max_position_embeddings: undefined };

/** All of these have a table of 128 positions. */
describe.each([
  ['gpt2', 'a tokenizer with a shorter limit', { tokenizerConfig: { model_max_length: 64 } }, 64],
  ['gpt2', 'a tokenizer without a limit', { tokenizerConfig: { model_max_length: 1e30 } }, 128],
  ['gpt2', 'a tokenizer with none', { tokenizerConfig: { model_max_length: 0 } }, 128],
  ['gpt2', 'no limit stated', { tokenizerConfig: { model_max_length: undefined }, config: nothing }, 128],
  [
    'gpt2',
    'a limit beyond the table',
    { tokenizerConfig: { model_max_length: 512 }, config: { n_positions: 512 } },
    128,
  ],
  ['gpt2', 'a limit before its end', { config: { n_positions: 100 } }, 100],
  ['bert', 'no limit stated', { tokenizerConfig: { model_max_length: undefined }, config: nothing }, 128],
  [
    'roberta',
    'another name of its architecture',
    { tokenizerConfig: { model_max_length: undefined }, config: { model_type: 'mine' } },
    128,
  ],
] as const)('%s, %s', (base, name, changes, limit) => {
  test(`is cut at ${limit} tokens`, async () => {
    const model = await changedModel(folderOf(base), path.join(folder, `${base} ${name}`), changes);
    const { summary } = await explain(model, text);
    expect(summary.tokens).toHaveLength(limit);
    expect(summary.cut).toMatchObject({ reason: 'context', tokenLimit: limit });
    expect(summary.model.contextLength).toBe(limit);
    if (!summary.model.causal) return;
    const { origin, generation } = await start(model, { text });
    expect(origin.cut).toMatchObject({ reason: 'context', tokenLimit: limit });
    while (generation.state.end === undefined) await generation.step(undefined, never);
    expect(generation.state.end).toEqual({ reason: 'context', limit });
  });
});
