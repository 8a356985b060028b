import { expect, test } from 'vitest';
import { GraphIndex } from '../../../src/model/onnx/graphIndex.ts';
import { readModel } from '../../../src/model/onnx/readModel.ts';
import { inspectGraph, requireAttention } from '../../../src/model/graph/graphReport.ts';
import {
  encodeModel,
  floats,
  type Graph,
  memorySource,
  type ModelParts,
  type Node,
  node,
} from '../onnx/graphBuilder.ts';

const inputs = { q: [1, 2, null, 4], k: [1, 2, 4, null], v: [1, 2, null, 4] };
const weights = [floats('w', [4, 4], Array(16).fill(0.5)), floats('scale', [1], [0.5])];

function inspect(nodes: readonly Node[], parts: ModelParts & Partial<Graph> = {}) {
  const graph = { nodes, inputs, outputs: ['out'], initializers: weights, ...parts };
  return inspectGraph(new GraphIndex(readModel(memorySource(encodeModel(graph, parts)))));
}

function taps(nodes: readonly Node[], parts?: ModelParts & Partial<Graph>): readonly string[] {
  return inspect(nodes, parts).layers.map((layer) => layer.tensor);
}

const softmax = node('Softmax', 's', 'a', { axis: -1 });
const scores = node('MatMul', 'q k', 's');
const mix = node('MatMul', 'a v', 'out');

test.each<[string, readonly Node[], string]>([
  ['nothing between', [scores, softmax, mix], 'a'],
  [
    'scale, soft cap, mask and bias before the Softmax',
    [
      node('MatMul', 'q k', 's0'),
      node('Div', 's0 scale', 's1'),
      node('Tanh', 's1', 's2'),
      node('Mul', 's2 scale', 's3'),
      node('Where', 'mask s3 scale', 's4'),
      node('Add', 's4 bias', 's'),
      softmax,
      mix,
    ],
    'a',
  ],
  [
    'fully masked rows taken out after the Softmax',
    [scores, softmax, node('IsNaN', 'a', 'nan'), node('Where', 'nan scale a', 'a1'), node('MatMul', 'a1 v', 'out')],
    'a1',
  ],
  ['half precision', [scores, softmax, node('Cast', 'a', 'a1', { to: 10 }), node('MatMul', 'a1 v', 'out')], 'a1'],
  ['a head mask', [scores, softmax, node('Mul', 'mask a', 'a1'), node('MatMul', 'a1 v', 'out')], 'a1'],
  [
    'heads joined for the product',
    [scores, softmax, node('Reshape', 'a shape', 'a1'), node('MatMul', 'a1 v', 'out')],
    'a',
  ],
  [
    'a sink that is cut off again',
    [
      scores,
      node('Concat', 's sink', 's1'),
      node('Softmax', 's1', 'a0', { axis: -1 }),
      node('Slice', 'a0 b e', 'a'),
      mix,
    ],
    'a',
  ],
  [
    'dynamic quantization',
    [scores, softmax, node('DynamicQuantizeLinear', 'a', 'a8 as az'), node('MatMulInteger', 'a8 v az', 'out')],
    'a',
  ],
  [
    'static quantization',
    [
      node('QLinearMatMul', 'q scale w k scale w scale w', 's0'),
      node('DequantizeLinear', 's0 scale', 's'),
      softmax,
      node('QuantizeLinear', 'a scale', 'a8'),
      node('QLinearMatMul', 'a8 scale w v scale w scale w', 'out'),
    ],
    'a',
  ],
])('found: %s', (_, nodes, tensor) => {
  expect(taps(nodes, { inputs: { ...inputs, mask: [], bias: [], sink: [] } })).toEqual([tensor]);
});

test.each<[string, readonly Node[]]>([
  ['a classifier', [node('MatMul', 'q w', 's'), softmax, mix]],
  ['a router: its probabilities weigh experts', [node('MatMul', 'q w', 's'), softmax, node('MatMul', 'a w', 'out')]],
  ['probabilities that only weigh weights', [scores, softmax, node('MatMul', 'a w', 'out')]],
  ['values times probabilities, not probabilities times values', [scores, softmax, node('MatMul', 'v a', 'out')]],
  ['a Softmax at the end', [scores, node('Softmax', 's', 'out', { axis: -1 })]],
  ['a Softmax over another axis', [scores, node('Softmax', 's', 'a', { axis: 1 }), mix]],
  ['only the condition of a choice', [scores, softmax, node('Where', 'a scale v', 'b'), node('MatMul', 'b v', 'out')]],
  ['queries normalized, as in linear attention', [node('Softmax', 'q', 'a', { axis: -1 }), mix]],
])('passed over: %s', (_, nodes) => {
  expect(taps(nodes)).toEqual([]);
});

test('before operator set 13 a Softmax without an axis means all axes but the first', () => {
  const nodes = [scores, node('Softmax', 's', 'a'), mix];
  expect(taps(nodes, { opset: 17 })).toEqual(['a']);
  expect(taps(nodes, { opset: 12 })).toEqual([]);
});

test('layers come in the order in which they run, whatever their order in the file', () => {
  const layer = (index: number) => [
    node('MatMul', `x${index} k`, `s${index}`),
    node('Softmax', `s${index}`, `a${index}`, { axis: -1 }),
    node('MatMul', `a${index} v`, `x${index + 1}`),
  ];
  const nodes = [0, 1, 2].flatMap(layer).reverse();
  expect(taps(nodes, { inputs: { ...inputs, x0: [] } })).toEqual(['a0', 'a1', 'a2']);
});

test('layers of different form are reported as such', () => {
  const other = [
    node('MatMul', 'out k', 't'),
    node('Softmax', 't', 'b', { axis: -1 }),
    node('Cast', 'b', 'c', { to: 1 }),
    node('MatMul', 'c v', 'out2'),
  ];
  expect(inspect([scores, softmax, mix]).uniform).toBe(true);
  expect(inspect([scores, softmax, mix, ...other])).toMatchObject({ uniform: false, layers: [{}, {}] });
});

test.each<[string, readonly Node[], ModelParts, string]>([
  [
    'one fused layer among others',
    [scores, softmax, mix, node('Attention', 'q k v', 'o')],
    {},
    'Attention (found 1 times)',
  ],
  ['attention in a branch', [node('If', 'q', 'out', { then_branch: { nodes: [softmax] } })], {}, 'inside of “If”'],
  [
    'attention in a function',
    [{ ...node('Layer', 'q', 'out'), domain: 'local' }],
    { functions: [['Layer', [softmax]]] },
    'inside of “Layer”',
  ],
])('refused: %s', (_, nodes, parts, named) => {
  const message = expect.stringContaining(named) as string;
  expect(() => requireAttention(inspect(nodes, parts), 'model.onnx')).toThrow(
    expect.objectContaining({
      failure: expect.objectContaining({ code: 'unsupportedForm', message }) as unknown,
    }) as Error,
  );
});

test('where there is no attention, the operators are listed, the most frequent first', () => {
  const nodes = [
    node('Relu', 'q', 'a'),
    node('Relu', 'a', 'b'),
    { ...node('Rotary', 'b', 'out'), domain: 'com.microsoft' },
  ];
  expect(() => requireAttention(inspect(nodes), 'model.onnx')).toThrow(
    'No attention was found in model.onnx. Its operators: Relu 2, com.microsoft.Rotary 1.',
  );
});

test('the search ends: a product farther away than any export puts it is passed over', () => {
  const chain = (length: number) => [
    node('MatMul', 'q k', 's0'),
    ...Array.from({ length }, (_, index) => node('Add', `s${index} s${index}`, `s${index + 1}`)),
    node('Softmax', `s${length}`, 'a', { axis: -1 }),
    mix,
  ];
  expect(taps(chain(8))).toEqual(['a']);
  expect(taps(chain(40))).toEqual([]);
});
