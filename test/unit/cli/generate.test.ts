import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readSafetensorsFile } from '../safetensors.ts';

/** Runs `generate` of the built command line, as a user does. */
const cli = path.resolve('dist/cli.mjs');
const run = promisify(execFile);
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'explain-attention-generate-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Written {
  readonly text: string;
  readonly stopped: string | null;
  readonly prompt_ids: readonly number[];
  readonly steps: readonly {
    readonly id: number;
    readonly text: string;
    readonly top: readonly { readonly id: number; readonly text: string; readonly probability: number }[];
    readonly milliseconds: number;
    readonly computed: number;
    readonly reused: number;
    readonly cache_bytes: number;
    readonly attention?: readonly (readonly (readonly number[])[])[];
    readonly attention_keys?: readonly number[];
  }[];
}

async function generate(text: string, ...args: string[]): Promise<Written> {
  const [input, out] = [path.join(folder, 'in.txt'), path.join(folder, 'out.json')];
  await writeFile(input, text);
  const common = ['--text-file', input, '--out', out, '--cache-folder', path.join(folder, 'taps')];
  await run(process.execPath, [cli, 'generate', ...common, ...args]);
  return JSON.parse(await readFile(out, 'utf8')) as Written;
}

async function failure(...args: string[]): Promise<string> {
  const error: unknown = await generate('some text', ...args).catch((reason: unknown) => reason);
  const { code, stderr } = error as { readonly code: number; readonly stderr: string };
  expect(code).toBe(1);
  expect(stderr.trim().split('\n')).toHaveLength(1);
  return stderr;
}

const idsOf = ({ steps }: Written): number[] => steps.map(({ id }) => id);

test("writes transformers' greedy tokens, each with its candidates and costs", async () => {
  const model = path.resolve('test/vectors/llama');
  const { texts } = JSON.parse(await readFile(path.join(model, 'reference.json'), 'utf8')) as {
    readonly texts: readonly { readonly text: string; readonly input_ids: readonly number[] }[];
  };
  const written = await generate(texts[1]!.text, '--model', model, '--steps', '32');
  const { tensors } = await readSafetensorsFile(path.join(model, 'reference.safetensors'));
  expect(written.prompt_ids).toEqual(texts[1]!.input_ids);
  expect(idsOf(written)).toEqual(Array.from(tensors.get('text1.greedy')!.data as BigInt64Array, Number));
  const length = written.prompt_ids.length;
  written.steps.forEach(({ id, top, milliseconds, computed, reused, cache_bytes: bytes }, step) => {
    expect(top).toHaveLength(10);
    expect(top[0]!.id).toBe(id);
    expect(milliseconds).toBeGreaterThan(0);
    expect([computed, reused]).toEqual(step === 0 ? [length, 0] : [1, length + step - 1]);
    expect(bytes).toBe((length + step) * 256);
  });
  expect(written.stopped).toBeNull();
});

test('with attention: a row for each layer and head, over the keys that were visible', async () => {
  const whole = await generate('The animal was', '--steps', '3', '--attention');
  const windowed = await generate('The animal was', '--steps', '3', '--attention', '--cache', 'window:2,sink:1');
  for (const [{ prompt_ids: prompt, steps }, most] of [[whole, Infinity] as const, [windowed, 3] as const]) {
    steps.forEach(({ attention, attention_keys: keys }, step) => {
      expect(keys).toHaveLength(Math.min(prompt.length + step, most));
      expect(keys!.at(-1)).toBe(prompt.length + step - 1);
      expect(attention!.map((heads) => heads.length)).toEqual([8, 8, 8, 8, 8, 8]);
      for (const row of attention!.flat()) {
        expect(row).toHaveLength(keys!.length);
        expect(row.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 4);
      }
    });
  }
});

test('the cache decides what is kept, and full or none what is not changed by it', async () => {
  const [full, none, window] = [
    await generate('The animal was', '--steps', '8'),
    await generate('The animal was', '--steps', '8', '--cache', 'none'),
    await generate('The animal was', '--steps', '8', '--cache', 'window:4'),
  ];
  expect(idsOf(none)).toEqual(idsOf(full));
  expect(none.steps.at(-1)).toMatchObject({ computed: full.prompt_ids.length + 7, reused: 0, cache_bytes: 0 });
  expect(window.steps.at(-1)).toMatchObject({
    computed: 1,
    reused: 3,
    cache_bytes: full.steps[0]!.cache_bytes * (4 / full.prompt_ids.length),
  });
});

test('the same seed gives the same text', async () => {
  const settings = ['--steps', '12', '--temperature', '1', '--top-k', '50', '--top-p', '0.95'];
  const [one, again, other] = [
    await generate('The animal was', ...settings, '--seed', '5'),
    await generate('The animal was', ...settings, '--seed', '5'),
    await generate('The animal was', ...settings, '--seed', '6'),
  ];
  expect(again.text).toBe(one.text);
  expect(other.text).not.toBe(one.text);
});

test('says why it stopped before its time', async () => {
  const written = await generate('a', '--model', path.resolve('test/vectors/gpt2'), '--steps', '500');
  expect(written.stopped).toBe('context');
  expect(written.steps).toHaveLength(128);
});

describe('exits with 1 and one line', () => {
  test.each([
    [['--cache', 'half', '--steps', '2'], /--cache takes full, none, window:W/],
    [['--cache', 'window:0', '--steps', '2'], /--cache takes/],
    [['--steps', 'many'], /--steps takes a whole number/],
    [[], /needs --text-file, --steps and --out/],
    [['--steps', '2', '--top-p', '0'], /--top-p takes a number above 0/],
    [['--steps', '2', '--temperature', '-1'], /--temperature/],
    [['--steps', '2', '--seed', '1.5'], /--seed takes a whole number/],
    [['--steps', '2', '--model', 'test/vectors/bert'], /does not continue text.*Choose a model/],
    [['--steps', '2', '--model', 'test/vectors/gemma3', '--cache', 'window:4'], /sliding window of its own/],
    [['--steps', '2', '--out', '/no such folder/out.json'], /no such folder/],
  ])('%j', async (args, message) => {
    const before = await readdir(folder);
    expect(await failure(...args)).toMatch(message);
    expect((await readdir(folder)).filter((name) => name.endsWith('.part'))).toEqual([]);
    expect(await readdir(folder)).toEqual(before);
  });
});

test('special tokens in the prompt are text unless asked otherwise', async () => {
  const prompt = 'one<|endoftext|>two';
  const [asText, asSpecial] = [
    await generate(prompt, '--steps', '1'),
    await generate(prompt, '--steps', '1', '--special-tokens', 'special'),
  ];
  expect([asText, asSpecial].map(({ prompt_ids: ids }) => ids.filter((id) => id === 0).length)).toEqual([1, 2]);
});
