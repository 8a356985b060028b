import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { GraphIndex } from '../../../src/model/onnx/graphIndex.ts';
import { MalformedFile } from '../../../src/model/onnx/malformedFile.ts';
import { readModel } from '../../../src/model/onnx/readModel.ts';
import { encodeModel, externalFloats, floats, type Graph, memorySource, node } from './graphBuilder.ts';

function read(graph: Graph) {
  return readModel(memorySource(encodeModel(graph)));
}

test('the bundled model is read without its weights', async () => {
  const source = memorySource(await readFile('models/default/onnx/model.onnx'));
  const { opsets, graph } = readModel(source);
  expect(opsets.get('')).toBe(17);
  expect(graph.inputs.slice(0, 4).map(({ name }) => name)).toEqual([
    'input_ids',
    'attention_mask',
    'position_ids',
    'past_key_values.0.key',
  ]);
  const [embedding] = graph.initializers.filter(({ dims }) => dims.includes(8192));
  expect(embedding).toMatchObject({ dims: [8192, 384], elementType: 10 });
  expect(embedding!.raw!.end - embedding!.raw!.start).toBe(8192 * 384 * 2);
  expect(source.bytesRead).toBeLessThan(source.size / 3);
});

test('a graph is read with its attributes, subgraphs and data files', () => {
  const inner: Graph = { nodes: [node('Softmax', 'outside', 'inside')], outputs: ['inside'] };
  const { graph, externalFiles } = read({
    nodes: [node('If', 'condition', 'y', { then_branch: inner }), node('Transpose', 'y', 'z', { perm: [0, 2, 1] })],
    inputs: { condition: [] },
    outputs: ['z'],
    initializers: [floats('w', [2, 1], [1, 2]), externalFloats('v', [2 ** 50, 2 ** 50], 'weights.bin')],
  });
  expect(graph.nodes[0]?.inner).toEqual({ captured: ['outside', 'inside'], operators: ['Softmax'] });
  expect(graph.nodes[1]?.attributes).toEqual(new Map([['perm', [0, 2, 1]]]));
  expect(graph.initializers.map(({ name, dims, raw }) => [name, dims, raw && raw.end - raw.start])).toEqual([
    ['w', [2, 1], 8],
    ['v', [2 ** 50, 2 ** 50], undefined],
  ]);
  expect(externalFiles).toEqual(new Set(['weights.bin']));
});

function nested(depth: number): Graph {
  const inner = depth === 0 ? [node('Identity', 'x', 'y')] : [node('If', 'x', 'y', { then_branch: nested(depth - 1) })];
  return { nodes: inner };
}

test.each<[string, Graph]>([
  ['nothing in it', { nodes: [] }],
  ['subgraphs nested 100 deep', nested(100)],
  [
    'a tensor of 100 dimensions',
    { nodes: [node('Relu', 'x', 'y')], initializers: [floats('x', Array(100).fill(1), [1])] },
  ],
])('refused: %s', (_, graph) => {
  expect(() => read(graph)).toThrow(MalformedFile);
});

test.each<[string, Graph]>([
  ['two tensors of one name', { nodes: [node('Relu', 'x', 'y'), node('Relu', 'x', 'y')] }],
  ['an output named as an input', { nodes: [node('Relu', 'x', 'x')], inputs: { x: [1] } }],
  [
    'two weights of one name',
    { nodes: [node('Relu', 'w', 'y')], initializers: [floats('w', [1], [1]), floats('w', [1], [2])] },
  ],
  ['nodes in a circle', { nodes: [node('Relu', 'a', 'b'), node('Relu', 'b', 'a')] }],
  ['a node that takes what it makes', { nodes: [node('Add', 'a b', 'b')] }],
])('refused as a graph: %s', (_, graph) => {
  expect(() => new GraphIndex(read(graph))).toThrow(MalformedFile);
});

test('a graph of twenty thousand nodes in any order is put in order', () => {
  const nodes = Array.from({ length: 20_000 }, (_, index) => node('Relu', `t${index}`, `t${index + 1}`)).reverse();
  const { ordered } = new GraphIndex(read({ nodes, inputs: { t0: [1] } }));
  expect(ordered.map(({ outputs }) => outputs[0])).toEqual(nodes.map(({ outputs }) => outputs[0]).reverse());
});
