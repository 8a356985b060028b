import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readSafetensorsFile } from '../safetensors.ts';

/** Runs the built command line, as a user does. */
const cli = path.resolve('dist/cli.mjs');
const run = promisify(execFile);
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'explain-attention-cli-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function explainAttention(...args: string[]): Promise<string> {
  return (await run(process.execPath, [cli, ...args, '--cache-folder', path.join(folder, 'cache')])).stdout;
}

async function failure(...args: string[]): Promise<{ readonly code: number; readonly stderr: string }> {
  const error: unknown = await explainAttention(...args).catch((reason: unknown) => reason);
  return error as { code: number; stderr: string };
}

async function textFile(name: string, content: string | Uint8Array): Promise<string> {
  const file = path.join(folder, name);
  await writeFile(file, content);
  return file;
}

describe('explain', () => {
  test('writes ids, spans and the attention of every layer', async () => {
    const text = "The animal didn't cross the road.\r\n🦘\tend";
    const out = path.join(folder, 'out.safetensors');
    await explainAttention('explain', '--text-file', await textFile('text.txt', text), '--out', out);
    const { tensors, metadata } = await readSafetensorsFile(out);
    const n = tensors.get('input_ids')!.shape[0]!;
    expect(metadata).toMatchObject({ model: 'default', layers: '6', heads: '8', precision: 'fp32' });
    expect(tensors.get('input_ids')).toMatchObject({ type: 'I64', shape: [n] });
    const spans = tensors.get('spans')!.data as Int32Array;
    expect([spans[0], spans[1]]).toEqual([-1, -1]);
    const ranges = Array.from({ length: n }, (_, token) => text.slice(spans[2 * token], spans[2 * token + 1]));
    expect(ranges.slice(1).join('')).toBe(text);
    for (let layer = 0; layer < 6; layer++) {
      const { type, shape, data } = tensors.get(`attention.${layer}`)!;
      expect({ type, shape }).toEqual({ type: 'F32', shape: [8, n, n] });
      const lastRow = (data as Float32Array).subarray(-n);
      expect(lastRow.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 4);
    }
  });

  test('takes a range of the text', async () => {
    const file = await textFile('range.txt', '🦘 one two three');
    const out = path.join(folder, 'range.safetensors');
    await explainAttention('explain', '--text-file', file, '--range', '3:10', '--out', out);
    expect([...(await readSafetensorsFile(out)).tensors.get('spans')!.data].at(-1)).toBe('one two'.length);
    expect((await failure('explain', '--text-file', file, '--range', '3:99', '--out', out)).stderr).toMatch(
      /ends at 99/,
    );
    expect((await failure('explain', '--text-file', file, '--range', '5:5', '--out', out)).stderr).toMatch(/START:END/);
  });

  test('reads special tokens in the text as text, or as such', async () => {
    const file = await textFile('special.txt', 'one<|endoftext|>two');
    const out = path.join(folder, 'special.safetensors');
    const args = ['explain', '--text-file', file, '--out', out];
    expect(await explainAttention(...args)).toMatch(/\(<\|endoftext\|>\) were read as text\.$/m);
    const asText = await readSafetensorsFile(out);
    expect(await explainAttention(...args, '--special-tokens', 'special')).toMatch(/were read as special tokens\.$/m);
    const asSpecial = await readSafetensorsFile(out);
    expect([asText, asSpecial].map(({ metadata }) => metadata['special_tokens'])).toEqual(['text', 'special']);
    const zeros = [asText, asSpecial].map(({ tensors }) =>
      [...tensors.get('input_ids')!.data].filter((id) => id === 0n),
    );
    expect(zeros.map(({ length }) => length)).toEqual([1, 2]);
    expect((await failure(...args, '--special-tokens', 'yes')).stderr).toMatch(/text or special/);
  });

  test('takes rows, layers and heads of a text', async () => {
    const file = await textFile('part.txt', 'The cat sat on the mat because it was tired.');
    const [all, part] = ['all', 'part'].map((name) => path.join(folder, `${name}.safetensors`)) as [string, string];
    await explainAttention('explain', '--text-file', file, '--out', all);
    const chosen = ['--rows', '3:5', '--layers', '1,4-5', '--heads', '0,7'];
    await explainAttention('explain', '--text-file', file, '--out', part, ...chosen);
    const [whole, found] = [await readSafetensorsFile(all), await readSafetensorsFile(part)];
    expect(found.metadata).toMatchObject({ rows: '3:5', chosen_layers: '[1,4,5]', chosen_heads: '[0,7]' });
    expect([...found.tensors.keys()]).toEqual(['input_ids', 'spans', 'attention.1', 'attention.4', 'attention.5']);
    const n = found.tensors.get('input_ids')!.shape[0]!;
    const { shape, data } = found.tensors.get('attention.4')!;
    expect(shape).toEqual([2, 2, n]);
    const expected = (whole.tensors.get('attention.4')!.data as Float32Array).subarray(
      (7 * n + 3) * n,
      (7 * n + 5) * n,
    );
    expect((data as Float32Array).slice(2 * n)).toEqual(expected.slice());
  });

  test.each([
    ['--rows', '5:5', /--rows takes START:END/],
    ['--rows', '0:9999', /beyond the \d+ tokens/],
    ['--layers', '2-1', /--layers takes numbers/],
    ['--layers', '6', /--layers 6: there are 6/],
    ['--heads', 'x', /--heads takes numbers/],
  ])('refuses %s %s', async (option, value, message) => {
    const file = await textFile('refused.txt', 'some text');
    const out = path.join(folder, 'refused.safetensors');
    expect((await failure('explain', '--text-file', file, '--out', out, option, value)).stderr).toMatch(message);
  });

  test('says when only a part was used', async () => {
    const file = await textFile('long.txt', 'word '.repeat(5000));
    const out = path.join(folder, 'long.safetensors');
    const options = ['--text-file', file, '--out', out, '--model', 'test/vectors/gpt2'];
    expect(await explainAttention('explain', ...options)).toMatch(/Only the first \d+ of 25000/);
    expect(JSON.parse((await readSafetensorsFile(out)).metadata['cut']!)).toMatchObject({ reason: 'context' });
  });

  test.each([
    ['no text file', [], /--text-file and --out/],
    ['an unknown option', ['--colour'], /colour/],
    ['a text file that is not there', ['--text-file', 'nowhere.txt', '--out', 'x.safetensors'], /nowhere\.txt/],
  ])('exits with 1 and one line: %s', async (_, args, message) => {
    const { code, stderr } = await failure('explain', ...args);
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  test('leaves nothing half-written', async () => {
    const before = await readdir(folder);
    const binary = await textFile('binary.bin', Uint8Array.of(0xff, 0x00, 0x80));
    expect(
      (await failure('explain', '--text-file', binary, '--out', path.join(folder, 'never.safetensors'))).code,
    ).toBe(1);
    const text = await textFile('text.txt', 'some text');
    const missing = path.join(folder, 'no such folder', 'out.safetensors');
    expect((await failure('explain', '--text-file', text, '--out', missing)).stderr).toMatch(/no such folder/);
    expect((await readdir(folder)).sort()).toEqual([...new Set([...before, 'binary.bin', 'text.txt'])].sort());
  });
});

describe('tap', () => {
  test('says what was found in each layer', async () => {
    expect(await explainAttention('tap')).toMatch(
      /6 layers × 8 heads.*\n.*\n.*\n(.*Softmax.*\n){6}self-check .* passed/,
    );
  });

  test('as JSON', async () => {
    const report = JSON.parse(await explainAttention('tap', '--json')) as {
      tap: unknown[];
      selfCheck: { futureWeight: number };
    };
    expect(report.tap).toHaveLength(6);
    expect(report.selfCheck.futureWeight).toBe(0);
  });

  test('of a folder without a model', async () => {
    expect((await failure('tap', '--model', folder)).stderr).toMatch(/holds no config\.json. Choose a folder/);
  });
});

test('without a command the usage is shown', async () => {
  const { stdout } = await run(process.execPath, [cli]);
  expect(stdout).toMatch(/explain-attention explain --text-file/);
});
