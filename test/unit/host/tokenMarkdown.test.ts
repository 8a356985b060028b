import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { partnerRows, tableHead } from '../../../src/editor/partnerRows.ts';
import { tokenMarkdown } from '../../../src/export/markdown.ts';

describe('token text as Markdown', () => {
  test.each([
    [' word', '`·word`'],
    ['`', '`` ` ``'],
    ['a``b', '```a``b```'],
    ['\r\n\t', '`␍↵→`'],
    ['<script>', '`<script>`'],
    ['\u202eabc', '`‹202e›abc`'],
    ['\ud800', '`‹d800›`'],
    ['\\|', '`\\|`'],
  ])('%j becomes %j', (text, markdown) => {
    expect(tokenMarkdown(text)).toBe(markdown);
  });

  test('stays inside of its code span whatever it holds', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('`', '|', '\\', '*', '<', '[', '\n', 'a', ' '), minLength: 1 }),
        (text) => {
          const markdown = tokenMarkdown(text);
          const fence = /^`+/.exec(markdown)?.[0] ?? '';
          const inside = markdown.slice(fence.length, -fence.length);
          const runs = [...inside.matchAll(/`+/g)].map(([run]) => run.length);
          expect(runs).not.toContain(fence.length);
          expect(inside.startsWith('`') || inside.endsWith('`')).toBe(false);
          expect(markdown).not.toMatch(/\n/);
        },
      ),
    );
  });
});

test('a table of partners has as many cells in every row', () => {
  const nameOf = (token: number): string => ['a|b', '\\|', '`'][token]!;
  const columns = [
    { title: 'Mean', partners: [0, 1, 2].map((index) => ({ token: index, weight: 0.5 })) },
    {
      title: 'Heads',
      partners: [
        { token: 1, weight: 1, layer: 2, head: 3, role: undefined },
        { token: 0, weight: 0.25, layer: 0, head: 7, role: 'induction' },
      ],
    },
  ];
  expect(`${tableHead(columns)}\n${partnerRows(nameOf, 'looks at', columns, 'weight')}`.split('\n')).toEqual([
    '|  | Mean | Heads |',
    '| :-- | :-- | :-- |',
    '| **looks at** | 0.500 `a\\|b` | 1.000 \\\\\\| L2 H3 |',
    '|  | 0.500 \\\\\\| | 0.250 `a\\|b` L0 H7 (induction) |',
    '|  | 0.500 `` ` `` |  |',
  ]);
});

test('norms are printed with three digits, whatever their size', () => {
  const columns = [
    { title: 'Mean', partners: [12345, 1.2345, 0.00012345].map((weight, index) => ({ token: index, weight })) },
  ];
  const rows = partnerRows((token) => 'abc'[token]!, 'looks at', columns, 'valueNorm');
  expect(rows.split('\n')).toEqual(['| **looks at** | 12300 `a` |', '|  | 1.23 `b` |', '|  | 0.000123 `c` |']);
});
