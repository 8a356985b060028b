import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { folderOf, greedy, idsOf, never, useGenerations } from './support.ts';

const { generations, start } = useGenerations();

describe('the line and its branches', () => {
  test('stepping back and forward computes nothing', async () => {
    const { generation, steps } = await start('llama');
    const states = await steps(6);
    await generation.goTo(0, never);
    expect(generation.state).toMatchObject({ taken: 0, tokens: states[5]!.tokens, again: { positions: 0 } });
    expect(generation.state.cache.kept).toEqual(states[5]!.cache.kept);
    await steps(6);
    expect(generation.state).toEqual(states[5]);
  });

  test('another token begins a branch, and only it is computed', async () => {
    const { generation, steps, origin } = await start('llama');
    const [line] = (await steps(6)).slice(-1);
    await generation.goTo(4, never);
    const other = generation.state.prediction.candidates[2]!;
    await generation.step(other.id, never);
    const { state } = generation;
    expect(idsOf(state)).toEqual([...idsOf(line!).slice(0, 4), other.id]);
    expect(state.tokens[4]).toMatchObject({ probability: other.probability, chosenBy: 'user' });
    expect(state.steps[5]).toMatchObject({
      cached: { positions: 1 },
      again: 0,
      reused: origin.promptTokens.length + 4,
    });
    expect(state.branches).toMatchObject([
      { shared: 4, tokens: line!.tokens.slice(4).map(({ id, text }) => ({ id, text })) },
    ]);
    expect(state.cache.kept).toHaveLength(origin.promptTokens.length + 5);
  });

  test('returning to a branch computes nothing until its next step, which computes what is missing', async () => {
    const { generation, steps } = await start('gpt2');
    const before = (await steps(6)).at(-1)!;
    await generation.goTo(4, never);
    await generation.step(generation.state.prediction.candidates[2]!.id, never);
    await generation.returnTo(generation.state.branches[0]!.branch, never);
    expect(generation.state).toMatchObject({ taken: 6, tokens: before.tokens, prediction: before.prediction });
    expect(generation.state.again.positions).toBe(0);
    await steps(1);
    expect(generation.state.steps[7]).toMatchObject({ cached: { positions: 3 }, again: 2 });
  });

  test('a token that was taken before is the same token', async () => {
    const { generation, steps } = await start('gpt2');
    const before = (await steps(3)).at(-1)!;
    await generation.goTo(1, never);
    await generation.step(before.tokens[1]!.id, never);
    expect(generation.state).toMatchObject({ taken: 2, branches: [], tokens: before.tokens });
  });

  test('resumed tokens give the generation that was lost', async () => {
    const lost = await start('qwen3');
    const before = (await lost.steps(5)).at(-1)!;
    const resumed = await start('qwen3', { resume: before.tokens });
    expect(resumed.generation.state.tokens).toEqual(before.tokens);
    expect(resumed.generation.state.prediction).toEqual(before.prediction);
  });
});

describe('sampling', () => {
  const warm = { temperature: 1.2, topK: 40, topP: 0.95, seed: 11 };

  test('the same seed gives the same text, another seed another', async () => {
    const texts = await Promise.all(
      [11, 11, 12].map(
        async (seed) => (await (await start('gpt2', { sampling: { ...warm, seed } })).steps(20)).at(-1)!.text,
      ),
    );
    expect(texts[1]).toBe(texts[0]);
    expect(texts[2]).not.toBe(texts[0]);
  });

  test('also when it was stepped back and branched in between', async () => {
    const { generation, steps } = await start('gpt2', { sampling: warm });
    const ids = idsOf((await steps(10)).at(-1)!);
    await generation.goTo(5, never);
    await generation.step(generation.state.prediction.candidates[9]!.id, never);
    await generation.goTo(5, never);
    await generation.step(ids[5], never);
    await steps(4);
    expect(idsOf(generation.state)).toEqual(ids);
  });

  test('other settings are applied where the pointer is; further back exactly one position is computed again', async () => {
    const { generation, steps } = await start('llama');
    await steps(5);
    await generation.setSampling(warm, never);
    expect(generation.state.again.positions).toBe(0);
    expect(
      generation.state.prediction.candidates.some(({ afterSampling }) => afterSampling > 0 && afterSampling < 1),
    ).toBe(true);
    await generation.goTo(2, never);
    expect(generation.state.again.positions).toBe(1);
    await generation.goTo(2, never);
    expect(generation.state.again.positions).toBe(1);
    expect(generation.state.cache.kept).toHaveLength(12);
  });

  test('probabilities are those of temperature 1, whatever the settings', async () => {
    const { generation } = await start('gpt2');
    const { candidates } = generation.state.prediction;
    await generation.setSampling({ ...warm, topK: 2 }, never);
    const limited = generation.state.prediction.candidates;
    expect(limited.map(({ probability }) => probability)).toEqual(candidates.map(({ probability }) => probability));
    expect(limited.filter(({ afterSampling }) => afterSampling > 0)).toHaveLength(2);
  });
});

describe('prompts', () => {
  test('special tokens typed as text stay text', async () => {
    const { origin } = await start('gpt2', { text: 'a<|endoftext|>b' });
    expect(origin.promptTokens.map(({ text }) => text).join('')).toBe('a<|endoftext|>b');
    expect(origin.promptTokens.map(({ id }) => id)).not.toContain(0);
  });

  test.each(['gpt2', 'llama', 'default'])('an empty one starts from the start token: %s', async (model) => {
    const { origin, steps } = await start(model, { text: '' });
    expect(origin.promptTokens).toMatchObject([{ start: -1, end: -1 }]);
    expect((await steps(2)).at(-1)!.taken).toBe(2);
  });

  test('an empty one without a start token is refused', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'explain-attention-start-'));
    await cp(folderOf('gpt2'), folder, { recursive: true });
    for (const name of ['config.json', 'generation_config.json']) {
      const config = JSON.parse(await readFile(path.join(folder, name), 'utf8')) as Record<string, unknown>;
      await writeFile(path.join(folder, name), JSON.stringify({ ...config, bos_token_id: undefined }));
    }
    const request = { modelFolder: folder, policy: { kind: 'full' }, sampling: greedy, memoryBudget: 2 ** 30 } as const;
    await expect(generations().start({ ...request, text: '' }, () => undefined, never)).rejects.toMatchObject({
      failure: { code: 'emptyText' },
    });
    await rm(folder, { recursive: true });
  });

  test('one token is enough', async () => {
    const { origin, generation } = await start('gpt2', { text: 'a' });
    expect(origin.promptTokens).toHaveLength(1);
    expect((await generation.row({ kind: 'head', layer: 0, head: 0 }, undefined, never)).weights).toEqual(
      Float32Array.of(1),
    );
  });

  test('an encoder is refused with advice', async () => {
    await expect(start('bert')).rejects.toMatchObject({ failure: { code: 'unsupportedForm' } });
  });
});

describe('the end', () => {
  const words = 'a '.repeat(400);

  test('a prompt that is too long is used from its end, and room is left', async () => {
    const { origin, generation, steps } = await start('gpt2', { text: `start ${words}` });
    expect(origin.cut).toMatchObject({ reason: 'context', totalLength: 806, tokenLimit: 128 });
    expect(`start ${words}`.endsWith(origin.prompt)).toBe(true);
    expect(origin.prompt).toHaveLength(origin.cut!.usedLength);
    expect(generation.state.end).toBeUndefined();
    expect((await steps(1)).at(-1)!.taken).toBe(1);
  });

  test('a prompt as long as the context leaves nothing to step', async () => {
    const { origin } = await start('gpt2', { text: words });
    const unit = origin.prompt.slice(-2);
    const count = (128 / origin.promptTokens.length) * origin.prompt.length;
    const {
      origin: whole,
      generation,
      steps,
    } = await start('gpt2', { text: unit.repeat(Math.ceil(count / 2)).slice(0, count) });
    expect(whole.promptTokens).toHaveLength(128);
    expect(whole.cut).toBeUndefined();
    expect(generation.state.end).toEqual({ reason: 'context', limit: 128 });
    expect((await steps(1)).at(-1)!.taken).toBe(0);
  });

  test('of the context stops; a window goes on where positions are computed, not where they are looked up', async () => {
    const policy = { kind: 'window', window: 10, sinks: 2 } as const;
    const llama = await start('llama', { text: words, policy });
    expect(llama.generation.state).toMatchObject({ beyondContext: true, end: undefined });
    expect(llama.generation.state.cache.kept).toHaveLength(12);
    const gpt2 = await start('gpt2', { text: words, policy });
    expect(gpt2.origin.cut?.tokenLimit).toBe(128);
    const left = 128 - gpt2.origin.promptTokens.length;
    expect((await gpt2.steps(left + 2)).at(-1)).toMatchObject({ taken: left, end: { reason: 'context', limit: 128 } });
  });

  test('of the text is said, and can be passed on demand', async () => {
    const { generation, steps } = await start('gpt2');
    await generation.step(0, never);
    expect(generation.state).toMatchObject({ text: '<|endoftext|>', end: { reason: 'endOfText' } });
    expect((await steps(1)).at(-1)).toMatchObject({ taken: 2, end: undefined });
  });

  test('of the memory budget is said before anything is allocated', async () => {
    await expect(start('default', { memoryBudget: 2 ** 16 })).rejects.toMatchObject({
      failure: { code: 'overBudget' },
    });
    const policy = { kind: 'preallocated', positions: 10 ** 9 } as const;
    await expect(start('default', { policy })).rejects.toMatchObject({ failure: { code: 'overBudget' } });
    const { generation } = await start('llama', { memoryBudget: 28_000 });
    for (let step = 0; step < 60; step++) await generation.step(undefined, never);
    expect(generation.state.end?.reason).toBe('memory');
    expect(generation.state.taken).toBeGreaterThan(10);
    expect(generation.state.taken).toBeLessThan(60);
  });
});

describe('working side by side', () => {
  test('two generations take turns without touching each other', async () => {
    const alone = await start('gpt2');
    const expected = (await alone.steps(8)).at(-1)!;
    const [one, two] = [await start('gpt2'), await start('gpt2', { text: 'def f(x):' })];
    const step = (of: typeof one) =>
      generations().with(of.origin.generation, never, (found) => found.step(undefined, never));
    await Promise.all(Array.from({ length: 8 }, () => [step(one), step(two)]).flat());
    expect(one.generation.state.tokens).toEqual(expected.tokens);
    expect(two.generation.state.taken).toBe(8);
  });

  test('a cancelled step changes nothing', async () => {
    const { generation, steps } = await start('gpt2', { policy: { kind: 'window', window: 4, sinks: 0 } });
    const before = (await steps(3)).at(-1)!;
    await expect(generation.step(undefined, AbortSignal.abort())).rejects.toThrow();
    expect(generation.state.tokens).toEqual(before.tokens);
    const controller = new AbortController();
    setImmediate(() => controller.abort());
    await expect(generation.setPolicy({ kind: 'window', window: 2, sinks: 0 }, controller.signal)).rejects.toThrow();
    expect(generation.state).toEqual(before);
    expect((await steps(1)).at(-1)!.taken).toBe(4);
  });

  test('a closed one is gone', async () => {
    const { origin } = await start('gpt2');
    await generations().close(origin.generation);
    await expect(generations().with(origin.generation, never, () => undefined)).rejects.toMatchObject({
      failure: { code: 'unknownRun' },
    });
  });

  test('what does not exist is refused', async () => {
    const { generation } = await start('gpt2');
    await expect(generation.step(420, never)).rejects.toThrow(RangeError);
    await expect(generation.step(-1, never)).rejects.toThrow(RangeError);
    await expect(generation.goTo(1, never)).rejects.toThrow(RangeError);
    await expect(generation.returnTo(7, never)).rejects.toThrow(RangeError);
    await expect(generation.row({ kind: 'head', layer: 2, head: 0 }, undefined, never)).rejects.toThrow(RangeError);
    await expect(generation.row({ kind: 'head', layer: 0, head: 4 }, undefined, never)).rejects.toThrow(RangeError);
    await expect(generation.row({ kind: 'head', layer: 0, head: 0 }, 99, never)).rejects.toThrow(RangeError);
    await expect(generation.triangle({ kind: 'head', layer: 2, head: 0 }, 8)).rejects.toThrow(RangeError);
    expect(() => generation.norms(2)).toThrow(RangeError);
  });
});
