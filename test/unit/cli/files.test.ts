import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeWhole } from '../../../src/cli/wholeFile.ts';
import { readSafetensorsFile } from '../safetensors.ts';

/** The built command line and the files that it reads and writes. */
const cli = path.resolve('dist/cli.mjs');
const model = path.resolve('test/vectors/gpt2');
const run = promisify(execFile);
let folder: string;
let text: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'explain-attention-files-'));
  text = await file('text.txt', 'The cat sat');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const at = (name: string) => path.join(folder, name);

async function file(name: string, content: string | Uint8Array): Promise<string> {
  await writeFile(at(name), content);
  return at(name);
}

async function explain(...args: string[]): Promise<string> {
  const defaults = ['--model', model, '--text-file', text, '--out', at('out.safetensors')];
  const all = [cli, 'explain', ...defaults, '--cache-folder', at('cache'), ...args];
  return (await run(process.execPath, all, { cwd: folder, timeout: 30_000 })).stdout;
}

/** The only line on standard error. */
async function refusal(...args: string[]): Promise<string> {
  const error: unknown = await explain(...args).catch((reason: unknown) => reason);
  const { code, stderr } = error as { readonly code: number; readonly stderr: string };
  expect(code).toBe(1);
  expect(stderr).toMatch(/^explain-attention: .*\n$/);
  return stderr;
}

async function tokens(...args: string[]) {
  await explain(...args);
  const { tensors } = await readSafetensorsFile(at('out.safetensors'));
  return { ids: [...tensors.get('input_ids')!.data].map(Number), spans: [...tensors.get('spans')!.data] };
}

describe('texts are read as the editor reads them', () => {
  const ids = [52, 258, 272, 269, 263, 269];
  const spans = [0, 1, 1, 3, 3, 5, 5, 7, 7, 9, 9, 11];

  test.each([
    ['UTF-8 with a byte order mark', () => Buffer.from('\ufeffThe cat sat')],
    ['UTF-16, little end first', () => Buffer.from('\ufeffThe cat sat', 'utf16le')],
    ['UTF-16, big end first', () => Buffer.from('\ufeffThe cat sat', 'utf16le').swap16()],
  ])('%s', async (_, content) => {
    const marked = await file('marked.txt', content());
    expect(await tokens('--text-file', marked)).toEqual({ ids, spans });
    expect((await tokens('--text-file', marked, '--range', '4:7')).ids).toEqual([67, 269]);
  });

  test.each([
    ['Latin-1', () => Buffer.from('caf\u00e9', 'latin1')],
    ['half a character of UTF-16', () => Uint8Array.of(0xff, 0xfe, 0x41)],
  ])('what is no text is refused: %s', async (_, content) => {
    const wrong = await file('wrong.txt', content());
    expect(await refusal('--text-file', wrong)).toContain(`${wrong} is not text in UTF-8`);
  });
});

describe('paths', () => {
  test.each([
    ['--model', '~/models/no-such-model', path.join(homedir(), 'models/no-such-model')],
    ['--model', './no-such-model/', 'no-such-model'],
    ['--text-file', '~/no-such-text.txt', path.join(homedir(), 'no-such-text.txt')],
    ['--out', '~/no-such-folder/x', path.join(homedir(), 'no-such-folder/x')],
  ])('%s %s is said as it was understood', async (option, value, understood) => {
    expect(await refusal(option, value)).toContain(path.resolve(folder, understood));
  });

  test.each([['--model'], ['--text-file'], ['--out'], ['--cache-folder']])('%s takes no empty path', async (option) => {
    expect(await refusal(option, '')).toContain(`${option} takes a path`);
  });

  test('what belongs to no option is not passed over', async () => {
    expect(await refusal('--text-file', 'my', 'notes.txt')).toContain('“notes.txt” belongs to no option');
  });

  test('the text is not overwritten', async () => {
    expect(await refusal('--out', './text.txt')).toContain('--out would overwrite');
    expect(await readFile(text, 'utf8')).toBe('The cat sat');
  });
});

describe('what cannot be written is said in one line, before the model is loaded', () => {
  test.runIf(process.platform === 'linux').each([
    ['/proc/nope', '/proc/nope cannot be used: the system makes no folder there'],
    ['/proc', '/proc cannot be used: the system makes no folder there'],
  ])('--cache-folder %s', async (value, message) => {
    expect(await refusal('--cache-folder', value, '--model', 'nowhere')).toContain(message);
  });

  test.each([
    ['--cache-folder', 'text.txt', 'text.txt cannot be used: there is already a file of this name'],
    ['--cache-folder', 'text.txt/deep/er', 'er cannot be used: a part of its path is a file and not a folder'],
    ['--out', 'no such folder/x', 'x cannot be written: its folder does not exist'],
    ['--out', 'text.txt/x', 'x cannot be written: a part of its path is a file and not a folder'],
    ['--out', '.', 'cannot be written: it is a folder'],
    ['--out', os('/dev/null', '\\\\.\\nul'), 'cannot be written: it is not a plain file'],
    ['--out', 'x'.repeat(300), 'cannot be written: its name is too long'],
    ['--text-file', 'no-such.txt', 'no-such.txt cannot be read: there is no such file or folder'],
    ['--text-file', '.', 'cannot be read: it is a folder and not a file'],
  ])('%s %s', async (option, value, message) => {
    expect(await refusal(option, value)).toContain(message);
  });

  test('a cache whose folders are missing is made', async () => {
    await explain('--cache-folder', at('a/b/c'));
    expect(await readdir(at('a/b/c'))).toHaveLength(1);
  });
});

describe.runIf(process.platform !== 'win32')('what happens on the way', () => {
  /** A folder in which a shell runs the command line under what makes it fail. */
  async function inShell(script: string): Promise<{ readonly stderr: string; readonly left: string[] }> {
    const place = await mkdtemp(at('shell-'));
    const command = `"${process.execPath}" "${cli}"`;
    const { stderr } = await run('sh', ['-c', script.replaceAll('CLI', command)], {
      cwd: place,
      env: { ...process.env, MODEL: model, TEXT: text, XDG_CACHE_HOME: at('xdg') },
    });
    return { stderr, left: await readdir(place) };
  }

  test('a file that may not grow that far leaves nothing', async () => {
    const { stderr, left } = await inShell(
      'ulimit -f 1; ! CLI explain --model "$MODEL" --text-file "$TEXT" --out x.st',
    );
    expect(stderr).toMatch(
      /^explain-attention: .*x\.st cannot be written: it would be larger than the system allows.*\n$/,
    );
    expect(left).toEqual([]);
  });

  test.runIf(process.platform === 'linux')('standard output that is full is one line', async () => {
    const { stderr } = await inShell('! CLI tap --model "$MODEL" > /dev/full');
    expect(stderr).toMatch(/^explain-attention: standard output cannot be written: the disk is full.*\n$/);
  });

  test('standard output that nobody reads to its end is no failure', async () => {
    expect((await inShell('CLI roles --model "$MODEL" | true; CLI tap --model "$MODEL" | true')).stderr).toBe('');
  });

  test('a cache that was not asked for and cannot be made breaks nothing', async () => {
    const { left } = await inShell(
      'XDG_CACHE_HOME="$TEXT" CLI explain --model "$MODEL" --text-file "$TEXT" --out x.st',
    );
    expect(left).toEqual(['x.st']);
  });

  test('a link to a file stays a link', async () => {
    await mkdir(at('linked'));
    await writeFile(at('linked/real'), '');
    await symlink('real', at('linked/link'));
    await explain('--out', at('linked/link'));
    expect((await readSafetensorsFile(at('linked/real'))).tensors.has('input_ids')).toBe(true);
    expect((await readdir(at('linked'))).sort()).toEqual(['link', 'real']);
  });

  test('an interrupted command leaves no half-written file', async () => {
    const place = await mkdtemp(at('interrupted-'));
    const args = [
      '--text-file',
      text,
      '--steps',
      '1000000',
      '--cache',
      'window:8',
      '--out',
      path.join(place, 'x.json'),
    ];
    const child = spawn(process.execPath, [cli, 'generate', ...args]);
    const written = async (): Promise<number> => {
      const sizes = await Promise.all(
        (await readdir(place)).map(async (name) => (await stat(path.join(place, name))).size),
      );
      return Math.max(0, ...sizes);
    };
    await expect.poll(written, { timeout: 30_000 }).toBeGreaterThan(0);
    child.kill('SIGINT');
    expect(await once(child, 'exit')).toEqual([null, 'SIGINT']);
    expect(await readdir(place)).toEqual([]);
  });

  test('a folder that goes away while a file is written in it is said', async () => {
    const place = await mkdtemp(at('gone-'));
    async function* pieces(): AsyncGenerator<string> {
      yield 'a';
      await rm(place, { recursive: true });
      yield 'b';
    }
    await expect(writeWhole(path.join(place, 'x'), pieces())).rejects.toThrow('its folder does not exist');
  });
});

function os(posix: string, windows: string): string {
  return process.platform === 'win32' ? windows : posix;
}
