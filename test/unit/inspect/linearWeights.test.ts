import { expect, test } from 'vitest';
import { useEngine } from './support.ts';

const { explain } = useEngine();

// Counted by hand from the configurations: projections, feed-forward and output head.
test.each([
  ['gpt2', 2 * (32 * 96 + 32 * 32 + 2 * 32 * 64) + 32 * 420],
  ['llama', 2 * (2 * 32 * 32 + 2 * 32 * 16 + 3 * 32 * 48) + 32 * 480],
  ['default', 6 * (4 * 384 * 384 + 3 * 384 * 1024) + 384 * 8192],
])('%s: numbers in all matrices', async (model, linearWeights) => {
  const { ask } = await explain(model, 'the animal');
  expect(await ask({ kind: 'linearWeights' })).toEqual({ kind: 'linearWeights', linearWeights });
});
