import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

/** Roles and effects from the built command line, as a user has them. */
const cli = path.resolve('dist/cli.mjs');
const run = promisify(execFile);
let folder: string;
let text: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'explain-attention-cli-inspect-'));
  text = path.join(folder, 'text.txt');
  await writeFile(text, 'The cat sat on the mat.\r\n🦘 The cat');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function explainAttention(...args: string[]): Promise<string> {
  return (await run(process.execPath, [cli, ...args, '--cache-folder', path.join(folder, 'cache')])).stdout;
}

async function failure(...args: string[]): Promise<{ readonly code: number; readonly stderr: string }> {
  const error: unknown = await explainAttention(...args).catch((reason: unknown) => reason);
  return error as { code: number; stderr: string };
}

describe('roles', () => {
  test('a score of every head for every role', async () => {
    const { layers, heads, model, ...scores } = JSON.parse(await explainAttention('roles', '--json')) as {
      readonly model: string;
      readonly layers: number;
      readonly heads: number;
      readonly induction: readonly (readonly number[])[];
    };
    expect(model).toBe('default');
    expect(Object.keys(scores)).toEqual([
      'previous_token',
      'duplicate_token',
      'induction',
      'first_token',
      'string_quotes',
      'bracket_pairs',
    ]);
    for (const ofRole of Object.values(scores)) {
      expect(ofRole.map((ofLayer) => ofLayer.length)).toEqual(new Array<number>(layers).fill(heads));
    }
    const highest = Math.max(...scores.induction.flat());
    expect(await explainAttention('roles')).toContain(`induction: L`);
    expect(await explainAttention('roles')).toContain(` ${highest.toFixed(2)}, L`);
  });
});

describe('effect', () => {
  interface Effect {
    readonly row: number;
    readonly target: { readonly id: number; readonly text: string; readonly follows: boolean };
    readonly probability: number;
    readonly passes: number;
    readonly tokens: readonly {
      readonly token: number;
      readonly id: number;
      readonly start: number;
      readonly end: number;
      readonly weight: number;
      readonly value_weighted_norm: number;
      readonly probability: number;
      readonly divergence_bits: number;
    }[];
  }
  const effect = async (...args: string[]) =>
    JSON.parse(await explainAttention('effect', '--text-file', text, ...args, '--json')) as Effect;

  test('each token that the row may look at, its weight beside its effect', async () => {
    const { row, target, tokens, passes, probability } = await effect('--row', '5');
    expect([row, target.follows, tokens.length]).toEqual([5, true, 6]);
    // One as it is, and one for each token: what comes before is there from the run.
    expect(passes).toBe(7);
    expect(tokens.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1, 4);
    expect(tokens.map(({ token }) => token)).toEqual([0, 1, 2, 3, 4, 5]);
    for (const { value_weighted_norm: norm, divergence_bits: bits, probability: hidden } of tokens) {
      expect(norm).toBeGreaterThan(0);
      expect(bits).toBeGreaterThan(0);
      expect(hidden).not.toBe(probability);
    }
  });

  test('for people: a line for each token', async () => {
    const lines = (await explainAttention('effect', '--text-file', text, '--row', '5')).trim().split('\n');
    expect(lines[0]).toMatch(/^After token 5, the token that follows, ".*", has the probability 0\.\d{6}\.$/);
    expect(lines).toHaveLength(2 + 6);
  });

  test('a model of another kind, a row that is not there, an option that is missing: one line', async () => {
    const bert = path.resolve('test/vectors/bert');
    const cases: readonly (readonly [readonly string[], RegExp])[] = [
      [['--row', '2', '--model', bert, '--text-file', text], /“bert” predicts no next token/],
      [['--row', '500', '--text-file', text], /--row 500 is beyond the \d+ tokens/],
      [['--row', 'x', '--text-file', text], /--row takes a whole number/],
      [['--text-file', text], /effect needs --text-file and --row/],
      [['--row', '2', '--text-file', path.join(folder, 'none.txt')], /none\.txt/],
    ];
    for (const [args, message] of cases) {
      const { code, stderr } = await failure('effect', ...args);
      expect(code).toBe(1);
      expect(stderr).toMatch(message);
      expect(stderr.trim().split('\n')).toHaveLength(1);
    }
  });
});
