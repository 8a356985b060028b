import { expect, it, test } from 'vitest';
import { agreementOf } from '../../../src/attention/agreement.ts';

const weights = [1, 2, 3, 4, 5, 6];

// Spearman's ρ = 1 − 6 Σ d² / (n³ − n), counted by hand for n = 6: 1 − Σ d² / 35.
test.each([
  ['closely', [1, 2, 3, 4, 5, 6], 1],
  ['closely', [0.2, 0.1, 0.4, 0.3, 0.6, 0.5], 1 - 6 / 35],
  ['partly', [3, 2, 1, 4, 5, 6], 1 - 8 / 35],
  ['partly', [3, 4, 1, 2, 5, 6], 1 - 16 / 35],
  ['little', [1, 6, 3, 2, 5, 4], 1 - 24 / 35],
  ['hardly', [3, 4, 1, 6, 5, 2], 1 - 32 / 35],
  ['hardly', [3, 6, 1, 4, 5, 2], 1 - 40 / 35],
  ['opposed', [6, 2, 3, 4, 5, 1], 1 - 50 / 35],
  ['opposed', [6, 5, 4, 3, 2, 1], -1],
] as const)('%s', (kind, effects, correlation) => {
  const agreement = agreementOf(weights, effects);
  expect(agreement).toMatchObject({ kind, count: 6 });
  expect(agreement).toHaveProperty('correlation', expect.closeTo(correlation, 12));
});

it('says nothing about too few', () => {
  expect(agreementOf([1, 2, 3, 4], [1, 2, 3, 4])).toEqual({ kind: 'tooFew', count: 4 });
  expect(agreementOf([1, 2, 3, 4, 5], [1, 2, 3, 4, 5])).toMatchObject({ kind: 'closely' });
});

it('says nothing where one side is the same everywhere', () => {
  expect(agreementOf(weights, [0, 0, 0, 0, 0, 0])).toEqual({ kind: 'noOrder', count: 6 });
  expect(agreementOf(weights, [0, 0, 0, 0, 0, 1])).not.toMatchObject({ kind: 'noOrder' });
});
