import { expect, test } from 'vitest';
import { fullCacheBytes } from '../../../src/attention/costs.ts';
import { knownShapes, type KnownShape } from '../../../src/attention/knownShapes.ts';

function shapeOf(name: string): KnownShape {
  return knownShapes.find((shape) => shape.name === name)!;
}

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
  const [llama2, llama3] = [shapeOf('Llama 2 7B'), shapeOf('Llama 3 8B')];
  expect(fullCacheBytes(llama2, 2, 4096) / fullCacheBytes(llama3, 2, 4096)).toBe(4);
  expect(fullCacheBytes(llama3, 2, 131_072)).toBe(16 * 2 ** 30);
});

// Besides matrices, a model has embeddings (GPT-2's are the output head's too), norms and biases.
test.each([
  ['GPT-2 small', 124_439_808, 1024 * 768 + 12 * 13 * 768 + 2 * 768],
  ['GPT-2 XL', 1_557_611_200, 1024 * 1600 + 48 * 13 * 1600 + 2 * 1600],
  ['Llama 2 7B', 6_738_415_616, 32_000 * 4096 + 65 * 4096],
  ['Llama 3 8B', 8_030_261_248, 128_256 * 4096 + 65 * 4096],
  ['Mistral 7B', 7_241_732_096, 32_000 * 4096 + 65 * 4096],
  ['Qwen2.5 7B', 7_615_616_512, 152_064 * 3584 + 57 * 3584 + 28 * (28 + 2 * 4) * 128],
])('%s: matrices and the rest make up its published number of parameters', (name, parameters, rest) => {
  expect(shapeOf(name).linearWeights + rest).toBe(parameters);
});
