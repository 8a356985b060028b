import fc from 'fast-check';
import { expect, it, test } from 'vitest';
import { fittedPowerLaw } from '../../../src/attention/powerLaw.ts';
import { rankCorrelation, ranksOf } from '../../../src/attention/rankCorrelation.ts';
import { reference } from './reference/reference.ts';

const whole = fc.integer({ min: -50, max: 50 });

test.each(reference.correlations)('as SciPy has it: $correlation', ({ a, b, correlation }) => {
  expect(rankCorrelation(a, b)).toBeCloseTo(correlation, 12);
});

it('shares the mean rank among equals', () => {
  expect([...ranksOf([10, 20, 10, 5, 10])]).toEqual([3, 5, 3, 1, 3]);
});

it('is 1 for the same order, −1 for the opposite one, whatever the distances', () => {
  fc.assert(
    fc.property(fc.uniqueArray(whole, { minLength: 2 }), (values) => {
      const cubes = values.map((value) => value ** 3);
      expect(rankCorrelation(values, cubes)).toBeCloseTo(1, 12);
      expect(
        rankCorrelation(
          values,
          cubes.map((value) => -value),
        ),
      ).toBeCloseTo(-1, 12);
    }),
  );
});

it('is the same both ways, and not defined where one side is all equal', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(whole, whole)), (pairs) => {
      const [a, b] = [pairs.map(([x]) => x), pairs.map(([, y]) => y)];
      expect(rankCorrelation(a, b)).toBe(rankCorrelation(b, a));
      expect(rankCorrelation(a, b) === undefined).toBe(new Set(a).size < 2 || new Set(b).size < 2);
    }),
  );
});

test.each(reference.powerLaws)('a power law as NumPy fits it: exponent $exponent', ({ x, y, exponent, factor }) => {
  const law = fittedPowerLaw(x.map((place, index) => ({ x: place, y: y[index]! })));
  expect(law.exponent).toBeCloseTo(exponent, 9);
  expect(law.factor).toBeCloseTo(factor, 9);
});
