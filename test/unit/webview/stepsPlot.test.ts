import { describe, expect, it } from 'vitest';
import { strongestOf } from '../../../webview-ui/panel/layout/ranking.ts';
import { axisOf, barEdges, columnAt, domainOf, evenDomain, walked } from '../../../webview-ui/panel/steps/axis.ts';
import { numberText, signedPercent } from '../../../webview-ui/shared/numbers.ts';

describe('axis', () => {
  it('gives every place inside of the columns the column that is drawn there', () => {
    for (const [count, width] of [
      [32, 300],
      [2000, 300],
      [3, 700],
    ] as const) {
      const axis = axisOf(count, width);
      for (let column = 0; column < count; column += 7) expect(columnAt(axis, (column + 0.5) * axis.cell)).toBe(column);
      expect(columnAt(axis, -1)).toBeUndefined();
      expect(columnAt(axis, count * axis.cell + 1)).toBeUndefined();
      expect(axis.cell * count).toBeLessThanOrEqual(width);
    }
  });

  it('draws every bar at least a device pixel wide, in its place', () => {
    for (const pixelRatio of [1, 1.5, 2]) {
      const axis = axisOf(2000, 300);
      for (let column = 0; column < 2000; column += 13) {
        const { left, right } = barEdges(axis, column, pixelRatio);
        expect(right - left).toBeGreaterThanOrEqual(1 / pixelRatio - 1e-9);
        expect(Math.abs(left - column * axis.cell)).toBeLessThanOrEqual(0.5 / pixelRatio + 1e-9);
      }
    }
  });

  it('is walked by keys and holds at its ends', () => {
    const keys = ['ArrowRight', 'ArrowLeft', 'Home', 'End', 'PageUp', 'PageDown', 'x'];
    expect(keys.map((key) => walked(key, 12, 16))).toEqual([13, 11, 0, 15, 2, 15, undefined]);
    expect(walked('ArrowRight', -1, 16)).toBe(0);
    expect(walked('ArrowLeft', 0, 16)).toBe(0);
  });

  it('holds all values and zero, and nothing that is masked', () => {
    expect(domainOf([2, 5], [-Infinity, 3])).toEqual({ low: 0, high: 5 });
    expect(domainOf([-2, -Infinity])).toEqual({ low: -2, high: 0 });
    expect(evenDomain([1, -3], [2])).toEqual({ low: -3, high: 3 });
  });
});

describe('numbers', () => {
  it.each([
    [0, '0'],
    [96.3812, '96.38'],
    [-0.17678, '−0.1768'],
    [1234.56, '1235'],
    [0.00012, '0.0001200'],
    [-0.00000123, '−1.2e−6'],
    [12345678, '1.2e7'],
    [-Infinity, '−∞'],
    [NaN, 'NaN'],
  ])('%d is %s', (value, text) => expect(numberText(value)).toBe(text));

  it.each([
    [0.523, '52\u202f%'],
    [-0.0061, '−0.6\u202f%'],
    [-0.0001, '<0.1\u202f%'],
    [0, '0.0\u202f%'],
    [1.2, '120\u202f%'],
  ])('the share %d is %s', (share, text) => expect(signedPercent(share)).toBe(text));
});

it('the strongest partner is the first token only if there is no other', () => {
  const ranking = (...tokens: readonly number[]) => ({
    shown: tokens.map((token) => ({ token, weight: 1, distance: 0 })),
    folded: 0,
    smallest: 0,
  });
  expect([strongestOf(ranking(0, 4), true), strongestOf(ranking(0, 4), false)]).toEqual([4, 0]);
  expect([strongestOf(ranking(0), true), strongestOf(ranking(), true)]).toEqual([0, undefined]);
});
