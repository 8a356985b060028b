import path from 'node:path';
import { expect, test } from 'vitest';
import { GraphIndex } from '../../../src/model/onnx/graphIndex.ts';
import { readModel } from '../../../src/model/onnx/readModel.ts';
import { findGraphFile } from '../../../src/model/folder/modelFiles.ts';
import { openGraph } from '../../../src/model/graph/openGraph.ts';
import { positionTable } from '../../../src/model/graph/positions.ts';
import { encodeModel, floats, type Graph, integers, memorySource, node } from '../onnx/graphBuilder.ts';

test.each([
  ['gpt2', 128],
  ['gpt2-q8', 128],
  ['gpt2-fp16', 128],
  ['bert', 128],
  ['distilbert', 128],
  // 130 rows, counted from the padding id + 1.
  ['roberta', 128],
  ['llama', undefined],
  ['qwen3', undefined],
  ['gemma3', undefined],
  ['gpt-neox', undefined],
])('%s: %s positions', async (model, positions) => {
  const file = await findGraphFile(path.resolve('test/vectors', model));
  expect(await openGraph(file, (_, index) => positionTable(index))).toBe(positions);
});

const one = integers('one', [], [1]);
const two = integers('two', [], [2]);
const table = floats('table', [66, 8], new Array<number>(66 * 8).fill(0));
/** How long the text is: [1]. */
const length = [node('Shape', 'input_ids', 'shape'), node('Gather', 'shape one', 'length')];
const range = node('Range', 'zero length one', 'range');
const zero = integers('zero', [], [0]);

const cases: readonly (readonly [string, number | undefined, Graph])[] = [
  [
    'OPT: positions counted by the mask, from 2 on',
    64,
    {
      nodes: [
        node('CumSum', 'attention_mask one', 'counted'),
        node('Mul', 'counted attention_mask', 'masked'),
        node('Sub', 'masked one', 'from_zero'),
        node('Add', 'from_zero two', 'places'),
        node('Gather', 'table places', 'embedded'),
      ],
      initializers: [one, two, table],
    },
  ],
  [
    'positions counted by the length of the text, and a table in half precision',
    66,
    {
      nodes: [...length, range, node('Cast', 'table', 'cast', { to: 1 }), node('Gather', 'cast range', 'embedded')],
      initializers: [zero, one, table],
    },
  ],
  [
    'positions stored as a list, shorter than the table',
    4,
    {
      nodes: [node('Slice', 'list zero length', 'places'), node('Gather', 'table places', 'embedded'), ...length],
      initializers: [zero, one, table, integers('list', [1, 4], [0, 1, 2, 3])],
    },
  ],
  [
    'a causal mask that is stored and cut to the text',
    16,
    {
      nodes: [...length, node('Slice', 'mask zero length axes', 'cut')],
      initializers: [zero, one, floats('mask', [1, 1, 16, 16], new Array(256).fill(1)), integers('axes', [1], [2])],
    },
  ],
  [
    'angles of rotary positions that are stored and cut to the text',
    66,
    {
      nodes: [...length, node('Slice', 'table zero length axes', 'cut')],
      initializers: [zero, one, table, integers('axes', [1], [0])],
    },
  ],
  [
    'features of a stored table, cut by a shape',
    undefined,
    {
      nodes: [...length, node('Slice', 'table zero length axes', 'cut')],
      initializers: [zero, one, table, integers('axes', [1], [1])],
    },
  ],
  [
    'distances in buckets (T5)',
    undefined,
    {
      nodes: [
        ...length,
        range,
        node('Unsqueeze', 'range one', 'queries'),
        node('Sub', 'range queries', 'distances'),
        node('Min', 'distances two', 'buckets'),
        node('Gather', 'table buckets', 'bias'),
      ],
      initializers: [zero, one, two, table],
    },
  ],
  [
    'embeddings of tokens, and of token types that are all 0',
    undefined,
    {
      nodes: [
        node('Gather', 'table input_ids', 'tokens'),
        node('Shape', 'input_ids', 'shape'),
        node('Expand', 'zero shape', 'types'),
        node('Gather', 'table types', 'typed'),
      ],
      initializers: [zero, table],
    },
  ],
];

test.each(cases)('%s', (_, positions, graph) => {
  const inputs = { input_ids: [1, null], attention_mask: [1, null] };
  const index = new GraphIndex(readModel(memorySource(encodeModel({ ...graph, inputs }))));
  expect(positionTable(index)).toBe(positions);
});
