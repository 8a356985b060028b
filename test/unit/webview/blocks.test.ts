import { expect, test } from 'vitest';
import { outermostBlocks } from '../../../webview-ui/shared/text/blocks.ts';

/** The lines of the blocks of a text in which every line is a token. */
function blocksOf(text: string): readonly (readonly [number, number])[] {
  const lines = text.split('\n');
  const lineOf = Int32Array.from(lines, (_, line) => line);
  return outermostBlocks(text, lineOf).map(({ start, end }) => [start, end]);
}

const method = (name: string): string => `  ${name}() {\n    return 1;\n  }\n`;

test('functions one after another, with the line that closes them', () => {
  expect(blocksOf('import x\n\nfunction a() {\n  b\n}\n\nfunction c() {\n  d\n}\nfunction e() {\n  f\n}')).toEqual([
    [2, 5],
    [6, 9],
    [9, 12],
  ]);
});

test('blocks that nothing closes end where the next one begins', () => {
  expect(blocksOf('def a():\n  b\ndef c():\n  d\ndef e():\n  f')).toEqual([
    [0, 2],
    [2, 4],
    [4, 6],
  ]);
});

test('a class that is most of the file gives way to its methods, and a namespace around it too', () => {
  const inClass = `class A {\n${method('a')}${method('b')}${method('c')}}\n`;
  expect(blocksOf(`import x\n${inClass}`)).toEqual([
    [2, 5],
    [5, 8],
    [8, 11],
  ]);
  const indented = inClass.replaceAll(/^(?=.)/gm, '  ');
  expect(blocksOf(`namespace N {\n${indented}}\n`)).toEqual([
    [2, 5],
    [5, 8],
    [8, 11],
  ]);
});

test('a single function stays itself, and a text of one depth has no blocks', () => {
  expect(blocksOf('function a() {\n  b\n  c\n}')).toEqual([[0, 4]]);
  expect(blocksOf('one\n\ntwo\nthree')).toEqual([]);
  expect(blocksOf('')).toEqual([]);
});
