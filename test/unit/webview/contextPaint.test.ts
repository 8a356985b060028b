import { expect, test } from 'vitest';
import { wordsEnd } from '../../../webview-ui/shared/matrix/contextPaint.ts';

const plot = { x: 100, width: 300 };

test('words at the context line stand at the right edge, and left of an upright line there', () => {
  expect(wordsEnd(plot, 150, 120)).toBe(396);
  expect(wordsEnd(plot, 420, 120)).toBe(396);
  expect(wordsEnd(plot, 300, 120)).toBe(296);
  expect(wordsEnd(plot, 396, 120)).toBe(392);
});

test('words that would be cut are left out', () => {
  expect(wordsEnd({ x: 100, width: 120 }, 50, 120)).toBeUndefined();
  expect(wordsEnd({ x: 100, width: 128 }, 50, 120)).toBe(224);
  expect(wordsEnd(plot, 300, 250)).toBeUndefined();
});
