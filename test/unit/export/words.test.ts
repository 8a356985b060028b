import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { commandLine } from '../../../src/export/commandLine.ts';
import { exportName } from '../../../src/export/fileName.ts';
import { partnerTable } from '../../../src/export/markdown.ts';

describe('the command line', () => {
  const call = {
    program: '/ext/dist/cli.mjs',
    model: '/models/default',
    textFile: '/a/b.txt',
    range: undefined,
    rows: undefined,
    memoryBudget: 1024,
    specialTokens: 'text' as const,
    out: 'b.safetensors',
  };

  test('names everything that the numbers depend on', () => {
    expect(commandLine({ ...call, range: { start: 3, end: 9 }, specialTokens: 'special' }, 'posix')).toBe(
      'node /ext/dist/cli.mjs explain --model /models/default --text-file /a/b.txt --range 3:9 --special-tokens special --memory-budget 1024 --out b.safetensors',
    );
    expect(commandLine({ ...call, range: { start: 3, end: 9 }, rows: { start: 2, end: 4 } }, 'posix')).toContain(
      ' --range 3:9 --rows 2:4 --memory-budget',
    );
  });

  test('is quoted for Windows', () => {
    const line = commandLine({ ...call, textFile: 'C:\\My texts\\a.txt' }, 'windows');
    expect(line).toContain('--text-file "C:\\My texts\\a.txt"');
  });

  test('any path arrives as it is through a shell', async () => {
    const paths = fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme' }).filter((text) => !text.includes('\0'));
    await fc.assert(
      fc.asyncProperty(paths, async (textFile) => {
        const line = commandLine({ ...call, textFile: `/${textFile}` }, 'posix');
        const { stdout } = await promisify(execFile)('sh', ['-c', line.replace('node', "printf '%s\\0'")]);
        const words = stdout.split('\0');
        expect(words[words.indexOf('--text-file') + 1]).toBe(`/${textFile}`);
      }),
      { numRuns: 25 },
    );
  });
});

describe('the name of a file', () => {
  test.each([
    ['parser.ts 12–19', { kind: 'head', layer: 2, head: 3 }, 'parser.ts-12-19-L2H3.csv'],
    ['notes.ipynb, cell 1', { kind: 'mean', heads: 'all' }, 'notes.ipynb-cell-1-mean.csv'],
    ['../..\\C:*?', { kind: 'max', heads: [{ layer: 0, head: 1 }] }, 'C-max-of-1.csv'],
    ['Überblick 漢字', undefined, 'Überblick-漢字-attention.csv'],
  ] as const)('%s', (source, heads, expected) => {
    expect(exportName(source, heads && { heads, quantity: 'weight' }, 'csv')).toBe(expected);
  });

  test('says where the numbers are norms', () => {
    const norms = { heads: { kind: 'mean', heads: 'all' }, quantity: 'valueNorm' } as const;
    expect(exportName('a.ts 1', norms, 'csv')).toBe('a.ts-1-mean-norm.csv');
  });

  test('is one that any file system takes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 120 }), (source) => {
        const name = exportName(source, undefined, 'svg');
        expect(name).toMatch(/^[^<>:"/\\|?*\p{Cc}\s.-][^<>:"/\\|?*\p{Cc}\s]*\.svg$/u);
        expect(name.length).toBeLessThan(100);
      }),
    );
  });
});

const titles = { rank: 'Rank', token: 'Token', number: 'Number', line: 'Line', weight: 'Weight' };

test('a table: strongest first, equals share a rank, each token with its number and line', () => {
  const places = [
    { name: 'endoftext', line: undefined },
    { name: '|', line: 12 },
    { name: '`\n', line: 12 },
  ];
  const partners = [0.25, 0.5, 0.25].map((weight, token) => ({ token, weight }));
  expect(partnerTable(partners, (token) => places[token]!, titles)).toBe(
    [
      '| Rank | Token | Number | Line | Weight |',
      '| --: | :-- | --: | --: | --: |',
      '| 1 | `\\|` | 1 | 12 | 0.5 |',
      '| 2 | `endoftext` | 0 |  | 0.25 |',
      '| 2 | `` `↵ `` | 2 | 12 | 0.25 |',
      '',
    ].join('\n'),
  );
});

test('no token breaks out of its cell, by the rules of GitHub: a bar ends a cell unless an odd number of backslashes is before it', () => {
  const names = fc.array(
    fc.string({ unit: fc.constantFrom('|', '\\', '`', '\n', ' ', '<b>', '*', 'a'), minLength: 1 }),
  );
  fc.assert(
    fc.property(names, (texts) => {
      const partners = texts.map((_, token) => ({ token, weight: 1 }));
      const table = partnerTable(partners, (token) => ({ name: texts[token]!, line: 1 }), titles);
      const rows = table.trimEnd().split('\n').slice(2);
      expect(rows).toHaveLength(texts.length);
      for (const row of rows) expect([...row.matchAll(/(?<!\\)(?:\\\\)*\|/g)]).toHaveLength(6);
    }),
  );
});
