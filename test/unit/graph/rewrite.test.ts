import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readModel } from '../../../src/model/onnx/readModel.ts';
import { sessionOptions } from '../../../src/model/runtime/sessionOptions.ts';
import type { Keep } from '../../../src/model/graph/rewrite.ts';
import { tapModel } from '../../../src/model/graph/tapModel.ts';
import { encodeModel, floats, type Graph, memorySource, node } from '../onnx/graphBuilder.ts';

let temporary: string;
beforeEach(async () => {
  temporary = await mkdtemp(path.join(os.tmpdir(), 'tap-rewrite-'));
});
afterEach(() => rm(temporary, { recursive: true }));

const tokens = 3;
const width = 24;
const shape = [1, 1, tokens, width];
const hidden = Float32Array.from({ length: tokens * width }, (_, index) => Math.sin(index));
/** Large enough to stay in the model file. */
const square = (name: string) =>
  floats(
    name,
    [width, width],
    Float32Array.from({ length: width * width }, (_, i) => Math.cos(i)),
  );

/** One layer with a cache of its keys and values, and a head behind it. */
const layer: Graph = {
  nodes: [
    node('MatMul', 'x wk', 'present.0.key'),
    node('Transpose', 'present.0.key', 'kt', { perm: [0, 1, 3, 2] }),
    node('MatMul', 'x kt', 's'),
    node('Softmax', 's', 'a', { axis: -1 }),
    node('MatMul', 'x wv', 'present.0.value'),
    node('MatMul', 'a present.0.value', 'y'),
    node('MatMul', 'y head', 'logits'),
  ],
  inputs: { x: shape, unused: [1] },
  outputs: ['logits', 'present.0.key', 'present.0.value'],
  initializers: [square('wk'), square('wv'), square('head')],
};

async function tapAndRun(graph: Graph, keep: Keep) {
  const modelFolder = path.join(temporary, 'model');
  await mkdir(path.join(modelFolder, 'onnx'), { recursive: true });
  await writeFile(path.join(modelFolder, 'config.json'), '{}');
  await writeFile(path.join(modelFolder, 'onnx/model.onnx'), encodeModel(graph));
  const tapped = await tapModel(modelFolder, keep);
  const { bytes, weightsFolder } = tapped.sidecar;
  const session = await InferenceSession.create(bytes, sessionOptions(1, weightsFolder));
  const outputs = await session.run({
    x: new Tensor('float32', hidden, shape),
    unused: new Tensor('float32', [0], [1]),
  });
  const [output] = tapped.attentionOutputs;
  return { output: output!, outputs, graph: readModel(memorySource(bytes)).graph };
}

/** softmax(x · (x · wk)ᵀ), computed in double precision: [tokens, tokens]. */
function expectedWeights(): readonly number[] {
  const at = (row: number, column: number) => hidden[row * width + column]!;
  const range = (length: number) => Array.from({ length }, (_, index) => index);
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const keys = range(tokens).map((row) =>
    range(width).map((column) => sum(range(width).map((i) => at(row, i) * Math.fround(Math.cos(i * width + column))))),
  );
  return range(tokens).flatMap((query) => {
    const scores = keys.map((key) => sum(key.map((value, i) => value * at(query, i))));
    const powers = scores.map((score) => Math.exp(score - Math.max(...scores)));
    return powers.map((power) => power / sum(powers));
  });
}

function expectWeights(tensor: Tensor | undefined, digits = 5): void {
  expect(tensor?.type).toBe('float32');
  expect(tensor?.dims).toEqual([1, 1, tokens, tokens]);
  const weights = [...(tensor?.data as Float32Array)];
  expectedWeights().forEach((weight, index) => expect(weights[index]).toBeCloseTo(weight, digits));
}

test('kept to attention: what it does not need is gone, a cache that is computed anyway stays', async () => {
  const { output, outputs, graph } = await tapAndRun(layer, 'attention');
  expect(output).toBe('encoder_attentions.0');
  expect(Object.keys(outputs).sort()).toEqual(['encoder_attentions.0', 'present.0.key']);
  expect(graph.nodes.map(({ operator }) => operator)).toEqual(['MatMul', 'Transpose', 'MatMul', 'Softmax']);
  expect(graph.initializers.map(({ name, raw }) => ({ name, raw }))).toEqual([{ name: 'wk', raw: undefined }]);
  expect(graph.inputs.map(({ name }) => name)).toEqual(['x']);
  expectWeights(outputs[output]);
});

test('kept whole: everything else is as it was', async () => {
  const { output, outputs } = await tapAndRun(layer, 'logits');
  expect(Object.keys(outputs).sort()).toEqual([output, 'logits', 'present.0.key', 'present.0.value']);
  expectWeights(outputs[output]);
});

test('a tensor that is an output already keeps its name beside the new one', async () => {
  const { output, outputs } = await tapAndRun({ ...layer, outputs: ['logits', 'a'] }, 'logits');
  expect(Object.keys(outputs).sort()).toEqual(['a', output, 'logits']);
  expectWeights(outputs['a']);
  expectWeights(outputs[output]);
});

test('a name that the model uses is not used again', async () => {
  const nodes = [...layer.nodes, node('Identity', 'x', 'encoder_attentions.0')];
  const { output, outputs } = await tapAndRun({ ...layer, nodes }, 'attention');
  expect(output).toBe('encoder_attentions.0_');
  expectWeights(outputs[output]);
});

test('a tensor that a branch uses stays, under its name', async () => {
  const branch = { nodes: [node('Add', 'a nothing', 'inner')], outputs: ['inner'] };
  const nodes = [
    ...layer.nodes,
    node('Sub', 's s', 'nothing'),
    node('ReduceMin', 'unused', 'least', { keepdims: 0 }),
    node('Cast', 'least', 'condition', { to: 9 }),
    node('If', 'condition', 'chosen', { then_branch: branch, else_branch: branch }),
  ];
  const { output, outputs } = await tapAndRun({ ...layer, nodes, outputs: ['chosen'] }, 'logits');
  expectWeights(outputs['chosen']);
  expectWeights(outputs[output]);
});

test('half precision comes back as float32', async () => {
  const nodes = [
    ...layer.nodes.slice(0, 4),
    node('Cast', 'a', 'a16', { to: 10 }),
    node('Cast', 'present.0.key', 'v16', { to: 10 }),
    node('MatMul', 'a16 v16', 'logits'),
  ];
  const { output, outputs } = await tapAndRun({ ...layer, nodes, outputs: ['logits'] }, 'attention');
  expectWeights(outputs[output], 3);
});
