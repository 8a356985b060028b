import { expect, test } from 'vitest';
import { packSlice, unpackSlice } from '../../../src/protocol/viewSlice.ts';

const numbers = Float32Array.from({ length: 6 * 1000 }, (_, place) => 10 ** (-place / 1000));
const slice = { rows: 1000, columns: 6, data: numbers };

test('single numbers arrive as they are, though they are part of a larger buffer', () => {
  const whole = Float32Array.of(9, ...numbers, 9);
  const message = packSlice({ ...slice, data: whole.subarray(1, -1) }, 'single');
  expect(unpackSlice(message, 'single')).toEqual({ ...slice, precision: 'single' });
});

test('halves take half the bytes and keep eleven bits', () => {
  const message = packSlice(slice, 'half');
  expect(message.data.byteLength).toBe(numbers.byteLength / 2);
  const { data, precision } = unpackSlice(message, 'half');
  expect(precision).toBe('half');
  // Below 2^-14 halves are subnormal: their steps stay at 2^-24.
  data.forEach((half, place) =>
    expect(Math.abs(half - numbers[place]!)).toBeLessThanOrEqual(Math.max(numbers[place]! * 2 ** -11, 2 ** -25)),
  );
});

test('an answer with another number of bytes is refused', () => {
  const message = packSlice(slice, 'half');
  expect(() => unpackSlice(message, 'single')).toThrow('A slice of 1000 × 6 numbers came with 12000 bytes.');
});
