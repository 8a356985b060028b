import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AddedNode } from '../../../src/model/onnx/addedNode.ts';
import { elementType } from '../../../src/model/onnx/elementType.ts';
import type { GraphIndex } from '../../../src/model/onnx/graphIndex.ts';
import type { OnnxNode } from '../../../src/model/onnx/onnxModel.ts';
import { findAttention } from '../../../src/model/graph/findAttention.ts';
import type { Question } from '../../../src/protocol/inspection.ts';
import { wholeAttention } from '../../../src/model/runtime/wholeAttention.ts';
import { changedModel, type GraphChanges } from '../../support/changedModel.ts';
import { attentionOf } from '../../support/wholeRun.ts';
import { folderOf, idsOf, never, useGenerations } from '../generate/support.ts';
import { useEngine } from '../inspect/support.ts';
import { loadModel, runAsLong } from '../longContext/support.ts';

const { engine, explain, cacheFolder } = useEngine();
const { start } = useGenerations();
const text = 'The cat sat on the mat.';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'explain-attention-forms-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const constants = {
  sizes: { name: 'form.sizes', values: [2, 3] },
  groups: { name: 'form.groups', values: [1, 2, 2] },
  batch: { name: 'form.batch', values: [0] },
} as const;

/** Adds nodes, and lets nodes of the graph take their outputs. */
class Rewriter {
  readonly addedNodes: AddedNode[] = [];
  readonly rewired = new Map<OnnxNode, Map<string, string>>();

  constructor(private readonly index: GraphIndex) {}

  add(operator: string, inputs: readonly string[], attributes: AddedNode['attributes'] = {}): string {
    const output = `form.${this.addedNodes.length}`;
    this.addedNodes.push({ operator, inputs, output, attributes });
    return output;
  }

  take(node: OnnxNode, old: string, replacement: string): void {
    this.rewired.set(node, (this.rewired.get(node) ?? new Map<string, string>()).set(old, replacement));
  }

  /** All that takes a tensor takes another one. */
  replace(tensor: string, replacement: string): void {
    for (const taker of this.index.consumersOf(tensor)) this.take(taker, tensor, replacement);
  }

  get plan(): GraphChanges {
    return { addedNodes: this.addedNodes, rewired: this.rewired, addedIntegers: Object.values(constants) };
  }
}

/** As OPT and BLOOM do: both products and the softmax in three axes, [heads, queries, keys]. */
function inThreeAxes(index: GraphIndex): GraphChanges {
  const graph = new Rewriter(index);
  const squeezed = (tensor: string): string => graph.add('Squeeze', [tensor, constants.batch.name]);
  const unsqueezed = (tensor: string): string => graph.add('Unsqueeze', [tensor, constants.batch.name]);
  for (const { scores, softmax, mix } of findAttention(index)) {
    graph.replace(scores.outputs[0]!, unsqueezed(scores.outputs[0]!));
    for (const factor of scores.inputs) graph.take(scores, factor, squeezed(factor));
    graph.take(softmax, softmax.inputs[0]!, squeezed(softmax.inputs[0]!));
    graph.take(mix, mix.inputs[1]!, squeezed(mix.inputs[1]!));
    graph.replace(mix.outputs[0]!, unsqueezed(mix.outputs[0]!));
  }
  return graph.plan;
}

/** As in models that share keys: [1, key heads, queries of each, queries, keys] around the softmax. */
function inFiveAxes(index: GraphIndex): GraphChanges {
  const graph = new Rewriter(index);
  for (const { softmax } of findAttention(index)) {
    const scores = softmax.inputs[0]!;
    const shape = graph.add('Shape', [scores]);
    const last = graph.add('Gather', [shape, constants.sizes.name]);
    const grouped = graph.add('Concat', [constants.groups.name, last], { axis: 0 });
    graph.take(softmax, scores, graph.add('Reshape', [scores, grouped]));
    graph.replace(softmax.outputs[0]!, graph.add('Reshape', [softmax.outputs[0]!, shape]));
  }
  return graph.plan;
}

/** As exports of TensorFlow do: inputs of another type. */
const inputsAs =
  (type: number) =>
  ({ graph }: GraphIndex): GraphChanges => {
    const changed = graph.inputs.filter(({ elementType: own }) => own === elementType.int64);
    return {
      inputs: graph.inputs.filter((input) => !changed.includes(input)),
      addedInputs: changed.map(({ name }) => ({ name, elementType: type, rank: 2 })),
      rewired: new Map(
        graph.nodes
          .filter(({ inputs }) => changed.some(({ name }) => inputs.includes(name)))
          .map((node) => [node, new Map(changed.map(({ name }) => [name, `form.${name}`]))]),
      ),
      addedNodes: changed.map(({ name }) => ({
        operator: 'Cast',
        inputs: [name],
        output: `form.${name}`,
        attributes: { to: elementType.int64 },
      })),
    };
  };

const decoders = [
  ['three axes', 'gpt2-eager', { graph: inThreeAxes }],
  ['three axes, keys shared', 'llama', { graph: inThreeAxes }],
  ['five axes', 'gpt2-eager', { graph: inFiveAxes }],
  ['five axes, keys shared', 'llama', { graph: inFiveAxes }],
  ['int32 inputs', 'gpt2', { graph: inputsAs(elementType.int32) }],
  ['int32 inputs, positions too', 'qwen3', { graph: inputsAs(elementType.int32) }],
  ['float32 inputs', 'qwen3', { graph: inputsAs(elementType.float32) }],
  [
    'the keys of GPT-Neo',
    'gpt2',
    {
      config: {
        ...{ n_layer: undefined, n_head: undefined, n_positions: undefined, n_ctx: undefined },
        ...{ num_layers: 2, num_heads: 4, max_position_embeddings: 128, model_type: 'gpt_neo' },
      },
    },
  ],
  [
    'sizes that contradict the graph',
    'qwen3',
    { config: { num_hidden_layers: 9, num_attention_heads: 8, head_dim: 3 } },
  ],
  ['the keys of Falcon', 'qwen3', { config: { num_key_value_heads: undefined, num_kv_heads: 2 } }],
  ['one key head, by its name', 'gemma3', { config: { num_key_value_heads: undefined, multi_query: true } }],
  ['no word of key heads', 'qwen3', { config: { num_key_value_heads: undefined } }],
] as const;
const encoders = [
  ['three axes', 'bert-eager', { graph: inThreeAxes }],
  ['five axes', 'bert-eager', { graph: inFiveAxes }],
  ['int32 inputs', 'bert', { graph: inputsAs(elementType.int32) }],
  ['sizes that contradict the graph', 'bert', { config: { num_hidden_layers: 1, num_attention_heads: 2 } }],
] as const;

let made = 0;
const changed = (base: string, changes: Parameters<typeof changedModel>[2]): Promise<string> =>
  changedModel(folderOf(base), path.join(folder, `model-${made++}`), changes);

describe.each([...decoders, ...encoders])('%s (%s)', (_, base, changes) => {
  test('weights and all answers are those of the unchanged model', async () => {
    expectSame(await asked(await changed(base, changes)), await asked(base));
  });
});

describe.each(decoders)('%s (%s)', (_, base, changes) => {
  test('generated tokens, and what they look at, are those of the unchanged model', async () => {
    expectSame(await generated(await changed(base, changes)), await generated(base));
  });

  test('a long text has the same weights', async () => {
    const model = await loadModel(await changed(base, changes), cacheFolder());
    const { ids } = await model.encoder.encodePrefix(text.repeat(4), 40);
    const whole = await wholeAttention(model, ids, never);
    const long = await runAsLong(model, ids, 32);
    expect(long.weights.from).toBe('queriesAndKeys');
    for (let layer = 0; layer < whole.layers; layer++) {
      for (let head = 0; head < whole.heads; head++) {
        const all = { start: 0, end: ids.length };
        const request = { rows: all, columns: all, block: { rows: 1, columns: 1 }, pooling: 'max' } as const;
        const { data } = await long.reader.slice({ ...request, heads: { kind: 'head', layer, head } }, never);
        whole.region({ layer, head }, all, all).forEach((weight, cell) => expect(data[cell]).toBeCloseTo(weight, 5));
      }
    }
    await model.dispose();
  });
});

/** The same but for what rounds in another order, and for times. */
function expectSame(ours: unknown, theirs: unknown, where = ''): void {
  if (typeof theirs === 'number') {
    const difference = Math.abs((ours as number) - theirs);
    expect(
      Object.is(ours, theirs) || difference <= 1e-4 * Math.max(1, Math.abs(theirs)),
      `${where}: ${String(ours)} for ${theirs}`,
    ).toBe(true);
  } else if (typeof theirs === 'object' && theirs !== null) {
    expect(Object.keys(ours as object), where).toEqual(Object.keys(theirs));
    for (const [key, value] of Object.entries(theirs)) {
      if (key !== 'milliseconds') expectSame((ours as Record<string, unknown>)[key], value, `${where}.${key}`);
    }
  } else {
    expect(ours, where).toBe(theirs);
  }
}

/** The weights of a run and all that is answered of it. */
async function asked(model: string): Promise<unknown> {
  const { summary, ask, valueNorms } = await explain(model, text);
  const attention = await attentionOf(engine(), summary.run);
  const all = { start: 0, end: attention.tokens };
  const { causal, layers, heads, keyValueHeads } = summary.model;
  const weights = Array.from({ length: layers * heads }, (_, place) =>
    attention.region({ layer: Math.floor(place / heads), head: place % heads }, all, all),
  );
  const questions: Question[] = [
    { kind: 'row', layer: layers - 1, head: 3, query: 4 },
    { kind: 'reads', token: 4 },
  ];
  if (causal) {
    questions.push({
      kind: 'effects',
      query: 4,
      ablations: [
        { kind: 'token', token: 2, hiddenFrom: 'everyone', heads: 'all' },
        { kind: 'heads', heads: [{ layer: 0, head: 1 }] },
      ],
    });
  }
  const answers = [];
  for (const question of questions) answers.push(await ask(question));
  const ids = summary.tokens.map(({ id }) => id);
  return { ids, layers, heads, keyValueHeads, weights, answers, norms: await valueNorms() };
}

async function generated(model: string): Promise<unknown> {
  const { origin, steps, generation } = await start(model, { text });
  const states = await steps(3);
  const row = await generation.row({ kind: 'head', layer: 1, head: 2 }, undefined, never);
  return { cache: origin.cache, ids: states.map(idsOf), row };
}
