import { expect, test } from 'vitest';
import { fullCacheBytes, knownShapes } from '../../../src/attention/knownShapes.ts';

test('bytes of a position in 16 bits, as the models’ papers and documentation give them', () => {
  const kibibytes = Object.fromEntries(knownShapes.map((shape) => [shape.name, fullCacheBytes(shape, 2, 1) / 1024]));
  expect(kibibytes).toEqual({
    'GPT-2 small': 36,
    'GPT-2 XL': 300,
    'Llama 2 7B': 512,
    'Llama 3 8B': 128,
    'Mistral 7B': 128,
    'Qwen2.5 7B': 56,
  });
});

test('grouped queries divide the cache by the queries that share a head', () => {
  const [llama2, llama3] = ['Llama 2 7B', 'Llama 3 8B'].map((name) =>
    knownShapes.find((shape) => shape.name === name)!,
  );
  expect(fullCacheBytes(llama2!, 2, 4096) / fullCacheBytes(llama3!, 2, 4096)).toBe(4);
  expect(fullCacheBytes(llama3!, 2, 131_072)).toBe(16 * 2 ** 30);
});
