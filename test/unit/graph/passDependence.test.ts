import path from 'node:path';
import { expect, test } from 'vitest';
import { GraphIndex } from '../../../src/model/onnx/graphIndex.ts';
import { readModel } from '../../../src/model/onnx/readModel.ts';
import { findGraphFile } from '../../../src/model/folder/modelFiles.ts';
import { openGraph } from '../../../src/model/graph/openGraph.ts';
import { passDependence } from '../../../src/model/graph/passDependence.ts';
import { encodeModel, floats, integers, memorySource, type Node, node } from '../onnx/graphBuilder.ts';

const exact = ['gpt2', 'llama', 'qwen3', 'gemma3', 'gemma2-eager', 'gpt-neox', 'bert', 'roberta', 'llama-fp16'];
const quantizedModels = ['gpt2-q8', 'bert-q8'];

test.each([
  ...exact.map((model) => [model, undefined] as const),
  ...quantizedModels.map((model) => [model, 'DynamicQuantizeLinear'] as const),
])('%s: %s', async (model, operator) => {
  const file = await findGraphFile(path.resolve('test/vectors', model));
  expect(await openGraph(file, (_, index) => passDependence(index)?.operator)).toBe(operator);
});

const quantised = (tensor: string): readonly Node[] => [
  node('DynamicQuantizeLinear', tensor, 'quantised its_scale zero_point'),
];

const cases: readonly (readonly [string, string | undefined, readonly Node[]])[] = [
  ['activations quantised as they come', 'DynamicQuantizeLinear', quantised('x')],
  ['the same in one operator', 'DynamicQuantizeMatMul', [node('DynamicQuantizeMatMul', 'x weight scale', 'y')]],
  ['weights quantised', undefined, quantised('weight')],
  ['quantised by stored scales', undefined, [node('QuantizeLinear', 'x scale', 'quantised')]],
  ['the largest of all numbers', 'ReduceMax', [node('ReduceMax', 'x', 'largest')]],
  ['a mean over positions', 'ReduceMean', [node('ReduceMean', 'x', 'mean', { axes: [1] })]],
  ['a mean over positions, its axis an input', 'ReduceMean', [node('ReduceMean', 'x second', 'mean')]],
  ['a mean over features', undefined, [node('ReduceMean', 'x', 'mean', { axes: [-1] })]],
  ['a mean over features, its axis an input', undefined, [node('ReduceMean', 'x last', 'mean')]],
  ['a softmax over keys', undefined, [node('Softmax', 'x', 'weights', { axis: -1 })]],
  ['a softmax over queries', 'Softmax', [node('Softmax', 'x', 'weights', { axis: 1 })]],
  ['a convolution', 'Conv', [node('Conv', 'x weight', 'y')]],
  [
    'rotary angles chosen by the last position',
    'ReduceMax',
    [
      node('Cast', 'position_ids', 'positions', { to: 7 }),
      node('ReduceMax', 'positions', 'last_position'),
      node('Greater', 'last_position second', 'is_long'),
    ],
  ],
  [
    'a length taken from the last position',
    undefined,
    [
      node('Cast', 'position_ids', 'positions', { to: 7 }),
      node('ReduceMax', 'positions', 'last_position'),
      node('Range', 'second last_position second', 'range'),
    ],
  ],
];

test.each(cases)('%s: %s', (_, operator, nodes) => {
  const initializers = [
    floats('weight', [8, 8], new Array<number>(64).fill(1)),
    floats('scale', [], [1]),
    integers('second', [], [1]),
    integers('last', [1], [-1]),
  ];
  const inputs = { x: [1, null, 8], position_ids: [1, null] };
  const index = new GraphIndex(readModel(memorySource(encodeModel({ nodes, inputs, initializers }))));
  expect(passDependence(index)?.operator).toBe(operator);
});
