import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findGraphFile } from '../../../src/model/folder/modelFiles.ts';
import { type RuntimeGraph, readRuntimeGraph } from '../../../src/model/graph/runtimeGraph.ts';
import { readModel } from '../../../src/model/onnx/readModel.ts';
import { asFloat32, numbersOf } from '../../../src/model/runtime/halfPrecision.ts';
import type { LoadedModel } from '../../../src/model/runtime/loadedModel.ts';
import type { Ablated, Pass } from '../../../src/model/runtime/pass.ts';
import { sessionOptions } from '../../../src/model/runtime/sessionOptions.ts';
import { modelInMemory } from '../../support/modelInMemory.ts';
import { folderOf, referenceOf } from '../generate/support.ts';
import { encodeModel, floats, type Graph, memorySource, node } from '../onnx/graphBuilder.ts';

let temporary: string;
beforeAll(async () => {
  temporary = await mkdtemp(path.join(os.tmpdir(), 'explain-attention-graph-'));
});
afterAll(() => rm(temporary, { recursive: true }));

const decoders = [
  ...['gpt2', 'gpt2-eager', 'gpt2-external', 'gpt2-q8', 'gpt2-fp16', 'llama', 'llama-fp16'],
  ...['qwen3', 'gemma3', 'gemma2-eager', 'gpt-neox', 'default'],
];

describe.each(decoders)('%s', (name) => {
  /** A text, with all of it or the half of it in the cache. */
  async function passes(model: LoadedModel): Promise<readonly Pass[]> {
    const ids = name === 'default' ? [0, 5, 9, 200, 31, 5, 9, 77] : referenceOf(name).texts[0].input_ids.slice(0, 8);
    const positions = [...ids.keys()];
    const whole = { ids, positions, pastLength: 0, past: model.emptyPast };
    if (!model.mayRunInPasses) return [whole];
    const first = { ids: ids.slice(0, 4), positions: positions.slice(0, 4), pastLength: 0, past: model.emptyPast };
    const { present } = await model.run({ ...first, wantsCache: true });
    return [whole, { ids: ids.slice(4), positions: positions.slice(4), pastLength: 4, past: model.asPast(present) }];
  }

  test('whatever parts of the graph run, the numbers are those of the untouched model', async () => {
    const model = await modelInMemory(folderOf(name), temporary);
    const untouched = await untouchedSession(folderOf(name));
    const layers = [...model.facts.keys()];
    const steps = new Map(model.facts.map((facts, layer) => [layer, [facts!.query.tensor, facts!.output]] as const));
    const parts: readonly Partial<Pass>[] = [
      {},
      { weights: layers },
      { weights: [0] },
      { steps },
      { wantsCache: true },
      { longContext: { ofText: 4, blocks: { heads: 4, layers: 2, mean: 1 }, checked: [1] } },
      { weights: layers, steps, wantsCache: true },
    ];
    for (const pass of await passes(model)) {
      const rows = pass.ids.length;
      const expected = await untouched(model, pass);
      for (const part of parts) {
        const result = await model.run({ ...pass, wantsLogits: true, ...part });
        for (let row = 0; row < rows; row++) expect(result.logits(row)).toEqual(expected[row]);
      }
      const weights = await model.run({ ...pass, weights: layers });
      const beside = await model.run({ ...pass, weights: layers, steps, wantsLogits: true, wantsCache: true });
      for (const layer of layers) expect(beside.weights(layer)).toEqual(weights.weights(layer));
    }
    await model.dispose();
  });

  test('an ablation changes the logits, unless it hides nothing', async () => {
    const model = await modelInMemory(folderOf(name), temporary);
    const { layers, heads } = model.description;
    const hiding = (layer: number, keys?: readonly boolean[]): Ablated => ({
      heads: Array.from({ length: layers }, (_, other) => Array.from({ length: heads }, () => other === layer)),
      rows: [true],
      keys,
    });
    for (const pass of await passes(model)) {
      const last = pass.ids.length - 1;
      const logits = async (ablated?: Ablated) =>
        (await model.run({ ...pass, wantsLogits: true, ablated })).logits(last);
      const plain = await logits();
      expect(await logits(hiding(-1))).toEqual(plain);
      for (const layer of [0, layers - 1]) {
        expect(await logits(hiding(layer, [false]))).toEqual(plain);
        expect(await logits(hiding(layer))).not.toEqual(plain);
      }
    }
    await model.dispose();
  });
});

/** The model's own file in the runtime: logits [positions][vocabulary]. */
async function untouchedSession(modelFolder: string) {
  const { path: file } = await findGraphFile(modelFolder);
  const session = await InferenceSession.create(file, sessionOptions(1));
  return async (model: LoadedModel, pass: Pass): Promise<readonly Float32Array[]> => {
    const known = new Set(session.inputNames);
    const ids = (values: readonly number[]) =>
      new Tensor('int64', BigInt64Array.from(values, BigInt), [1, values.length]);
    const mask = new Array<number>(pass.pastLength + pass.ids.length).fill(1);
    const feeds = {
      input_ids: ids(pass.ids),
      position_ids: ids(pass.positions),
      attention_mask: ids(mask),
      ...pass.past,
    };
    const fed = Object.fromEntries(Object.entries(feeds).filter(([input]) => known.has(input)));
    const { logits } = await session.run(fed, ['logits']);
    const numbers = asFloat32(numbersOf(logits!));
    return pass.ids.map((_, row) => numbers.slice(row * model.vocabulary, (row + 1) * model.vocabulary));
  };
}

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

/** Runs a graph that is made here; @returns what it gives with its weights, and with the rest. */
async function runtimeOf(graph: Graph, wanted: 'onlyWeights' | 'rest') {
  const modelFolder = path.join(temporary, 'made');
  await mkdir(path.join(modelFolder, 'onnx'), { recursive: true });
  await writeFile(path.join(modelFolder, 'config.json'), '{}');
  await writeFile(path.join(modelFolder, 'onnx/model.onnx'), encodeModel(graph));
  const runtime = await readRuntimeGraph(modelFolder);
  const { bytes, weightsFolder } = runtime.sidecar;
  const session = await InferenceSession.create(bytes, sessionOptions(1, weightsFolder));
  const outputs = await session.run({ ...switched(runtime, wanted), x: new Tensor('float32', hidden, shape) });
  return { runtime, outputs, graph: readModel(memorySource(bytes)).graph };
}

function switched({ switches, board, ablation }: RuntimeGraph, wanted: 'onlyWeights' | 'rest'): Record<string, Tensor> {
  const none = (dims: readonly number[]) => new Tensor('float32', Float32Array.of(0), dims);
  return {
    [switches]: new Tensor('bool', board.bytes({ [wanted]: [true] }), [board.count]),
    [ablation.heads]: none([1, 1, 1, 1, 1]),
    [ablation.rows]: none([1, 1]),
    [ablation.keys]: none([1]),
  };
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

test('what attention does not need runs only where it is wanted; the cache is always there', async () => {
  const { runtime, outputs, graph } = await runtimeOf(layer, 'onlyWeights');
  expectWeights(outputs[runtime.weights[0]!]);
  expect(outputs[runtime.logits!]!.size).toBe(0);
  expect(outputs['present.0.value']!.dims).toEqual(shape);
  const own = graph.nodes.filter(({ name }) => !name.startsWith('explain.')).map(({ operator }) => operator);
  expect(own.sort()).toEqual(['MatMul', 'MatMul', 'MatMul', 'Softmax', 'Transpose']);
  expect(
    graph.initializers.filter(({ name }) => !name.startsWith('explain.')).map(({ name, raw }) => ({ name, raw })),
  ).toEqual(['wk', 'wv', 'head'].map((name) => ({ name, raw: undefined })));
  const { runtime: other, outputs: rest } = await runtimeOf(layer, 'rest');
  expect(rest[other.weights[0]!]!.size).toBe(0);
  expect(rest[other.logits!]!.dims).toEqual(shape);
});

test('a name that the model uses is not used again', async () => {
  const nodes = [...layer.nodes, node('Identity', 'x', 'explain.weights.0')];
  const { runtime, outputs } = await runtimeOf({ ...layer, nodes }, 'onlyWeights');
  expect(runtime.weights[0]).toBe('explain_.weights.0');
  expectWeights(outputs[runtime.weights[0]!]);
});

test('a tensor that a branch of the model takes stays, under its name', async () => {
  const branch = { nodes: [node('Add', 'a nothing', 'inner')], outputs: ['inner'] };
  const nodes = [
    ...layer.nodes.slice(0, 6),
    node('Sub', 's s', 'nothing'),
    node('ReduceMin', 's', 'least', { keepdims: 0 }),
    node('Cast', 'least', 'condition', { to: 9 }),
    node('If', 'condition', 'logits', { then_branch: branch, else_branch: branch }),
  ];
  const { runtime, outputs } = await runtimeOf({ ...layer, nodes }, 'rest');
  expectWeights(outputs[runtime.logits!]);
});

test('half precision comes back as float32', async () => {
  const nodes = [
    ...layer.nodes.slice(0, 4),
    node('Cast', 'a', 'a16', { to: 10 }),
    node('Cast', 'present.0.key', 'v16', { to: 10 }),
    node('MatMul', 'a16 v16', 'y16'),
    node('Cast', 'y16', 'logits', { to: 1 }),
  ];
  const changes = { nodes, outputs: ['logits', 'present.0.key'] };
  const { runtime, outputs } = await runtimeOf({ ...layer, ...changes }, 'onlyWeights');
  expectWeights(outputs[runtime.weights[0]!], 3);
  expect((await runtimeOf({ ...layer, ...changes }, 'rest')).outputs[runtime.logits!]!.type).toBe('float32');
});
