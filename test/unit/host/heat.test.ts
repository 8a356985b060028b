import { expect, test } from 'vitest';
import { heatLevels } from '../../../src/attention/heat.ts';

test.each([
  ['linear in the weight', [0, 0.06, 0.12, 0.18, 0.24, 0.3, 0.36], [0, 1, 2, 3, 4, 5, 6]],
  ['no heat below half a level', [0, 0.01, 1], [0, 0, 6]],
  ['the sink does not set the scale', [0.9, 0.02, 0.08], [6, 2, 6]],
  ['the sink alone does', [1, 0, 0], [6, 0, 0]],
  ['nothing at all', [0, 0], [0, 0]],
  ['no tokens', [], []],
])('heat: %s', (_, weights, levels) => {
  expect([...heatLevels(Float32Array.from(weights), 0)]).toEqual(levels);
});
