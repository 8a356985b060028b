import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  attentionOperations,
  causalEntries,
  costLengths,
  evenLength,
  linearOperations,
  matrixEntries,
  multiplyAccumulates,
} from '../../../src/attention/costs.ts';

const shape = { layers: 2, queryHeads: 4, keyValueHeads: 2, headSize: 8, linearWeights: 1000 };
const length = fc.integer({ min: 1, max: 500 });

describe('costs', () => {
  it('counts both products of attention in every query head, and each matrix once per position', () => {
    expect(multiplyAccumulates(shape, 1, 10)).toBe(1000 + 2 * (2 * 4 * 8) * 10);
    expect(multiplyAccumulates(shape, 10, 10)).toBe(10 * multiplyAccumulates(shape, 1, 10));
  });

  it('counts the cells of a causal matrix one by one', () => {
    fc.assert(
      fc.property(length, (n) => {
        let cells = 0;
        for (let query = 0; query < n; query++) cells += query + 1;
        expect(causalEntries(shape, n)).toBe(2 * 4 * cells);
        expect(matrixEntries(shape, n) - causalEntries(shape, n)).toBe(2 * 4 * (cells - n));
      }),
    );
  });

  it('grows with the square of the length: 1,024 times from 4K to 128K', () => {
    expect(matrixEntries(shape, 131_072) / matrixEntries(shape, 4096)).toBe(1024);
  });

  it('finds the length at which attention costs as much as the rest', () => {
    const n = evenLength(shape);
    expect(attentionOperations(shape, n, n)).toBeCloseTo(linearOperations(shape, n), 6);
  });

  it('goes from 16 to 128K', () => {
    expect([costLengths[0], costLengths.at(-1)]).toEqual([16, 131_072]);
  });
});
