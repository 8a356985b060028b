import { Tensor } from 'onnxruntime-node';
import type { Pooling } from '../../protocol/run.ts';
import {
  type AddedNode,
  type AddedTensor,
  type AddedValue,
  encodeNode,
  encodeTensor,
  encodeValue,
  integerTensor,
} from '../onnx/addedNode.ts';
import { GraphSession } from '../runtime/graphSession.ts';
import { elementType } from '../onnx/elementType.ts';
import { ProtobufWriter } from '../onnx/protobufWriter.ts';
import type { Vectors } from './textMap.ts';

/** What a tile's graph does beside exp(scale · q·k − top score) · top weight. */
export interface TileForm {
  readonly hasCap: boolean;
  /** Whether keys after a query are in the tile. */
  readonly isCausal: boolean;
  /** Whether keys before the window of a query are in the tile. */
  readonly hasWindow: boolean;
  readonly hasNorms: boolean;
  /** Whether queries and keys are halves: they become float32 before anything is computed. */
  readonly hasHalves: boolean;
  /** How heads are joined. `distances`: Σ_key |head − mean of all|, [heads, rows]. */
  readonly heads: 'apart' | 'mean' | 'max' | 'distances';
  /** How the tokens of a cell are joined; `undefined`: a cell is a token. */
  readonly pooling: Pooling | undefined;
}

/** Some queries of some heads against some keys. With shared keys, G < H: the heads of a group follow one another. */
export interface TileNumbers {
  /** [G, H / G · rows, head size] */
  readonly queries: Vectors;
  /** [G, columns, head size] */
  readonly keys: Vectors;
  /** [H, rows] each. */
  readonly topScores: Float32Array;
  readonly topWeights: Float32Array;
  /** [H, columns]; with norms. */
  readonly norms?: Float32Array | undefined;
  readonly keyHeads: number;
  readonly heads: number;
  readonly rows: number;
  readonly columns: number;
  /** Of a cell; rows and columns are multiples of it. */
  readonly block: { readonly rows: number; readonly columns: number };
  /** Place of the first query less that of the first key. */
  readonly offset: number;
  readonly scale: number;
  readonly cap?: number | undefined;
  readonly window?: number | undefined;
}

const OPSET = 17;

/**
 * Small graphs in the runtime that runs the models: as fast as its matrix products, on all its threads. Each form is
 * a graph of its own, made when it is first asked for.
 */
export class TileGraphs {
  private readonly sessions = new Map<string, Promise<GraphSession>>();

  constructor(private readonly threads: number) {}

  /**
   * @returns [H, rows, columns] or, joined, [rows, columns]; with pooling by `mean`, sums over the cells' tokens; of
   * distances [H, rows].
   */
  async run(form: TileForm, tile: TileNumbers): Promise<Float32Array> {
    const session = await this.session(form);
    const { tile: output } = await session.run(feedsOf(form, tile));
    return output!.data as Float32Array;
  }

  async dispose(): Promise<void> {
    const sessions = [...this.sessions.values()];
    this.sessions.clear();
    for (const session of sessions) await (await session).release();
  }

  private session(form: TileForm): Promise<GraphSession> {
    const key = JSON.stringify(Object.values(form));
    const known = this.sessions.get(key) ?? GraphSession.open(encodeTile(form), this.threads, 'tile');
    this.sessions.set(key, known);
    return known;
  }
}

export function feedsOf(form: TileForm, tile: TileNumbers): Record<string, Tensor> {
  const { queries, keys, topScores, topWeights, norms, keyHeads, heads, rows, columns, block, offset } = tile;
  const { scale, cap, window } = tile;
  const headSize = keys.length / (keyHeads * columns);
  const floats = (values: Float32Array, dims: readonly number[]): Tensor => new Tensor('float32', values, dims);
  const vectors = (values: Vectors, dims: readonly number[]): Tensor =>
    values instanceof Float32Array ? floats(values, dims) : new Tensor('float16', values, dims);
  const integers = (...values: readonly number[]): Tensor =>
    new Tensor('int64', BigInt64Array.from(values, BigInt), [values.length]);
  const isJoined = form.heads === 'mean' || form.heads === 'max';
  const depth = isJoined ? 1 : heads;
  return {
    queries: vectors(queries, [keyHeads, queries.length / (keyHeads * headSize), headSize]),
    keys: vectors(keys, [keyHeads, columns, headSize]),
    scale: floats(Float32Array.of(scale), [1]),
    topScores: floats(topScores, [keyHeads, topScores.length / keyHeads, 1]),
    topWeights: floats(topWeights, [keyHeads, topWeights.length / keyHeads, 1]),
    shape: integers(heads, rows, columns),
    ...(form.hasCap && { cap: floats(Float32Array.of(cap!), [1]) }),
    ...(form.isCausal && { lastKey: new Tensor('int64', [BigInt(offset)], []) }),
    ...(form.hasWindow && { firstKey: new Tensor('int64', [BigInt(offset - window! + 1)], []) }),
    ...(form.hasNorms && { norms: floats(norms!, [heads, 1, columns]) }),
    ...((form.heads === 'mean' || form.heads === 'distances') && {
      shares: floats(new Float32Array(heads).fill(1 / heads), [1, heads]),
      headRows: integers(heads, rows * columns),
    }),
    ...(form.heads === 'mean' && { joinedShape: integers(1, rows, columns) }),
    ...(form.heads === 'distances' && { joinedShape: integers(1, rows, columns) }),
    ...(form.pooling && {
      keyBlocks: integers(depth * rows, columns / block.columns, block.columns),
      rowBlocks: integers((depth * rows) / block.rows, block.rows, columns / block.columns),
    }),
  };
}

/** exp(min(s − top, 0)) · top weight: keys that are masked afterwards must not overflow before. */
export function encodeTile(form: TileForm): Uint8Array {
  const graph = new TileGraphBuilder();
  const { float16, float32, int64 } = elementType;
  const vectors = (name: string): string => {
    graph.input(name, form.hasHalves ? float16 : float32, 3);
    return form.hasHalves ? graph.add('Cast', [name], { to: float32 }) : name;
  };
  const [queries, keys] = [vectors('queries'), vectors('keys')];
  graph.input('scale', float32, 1);
  graph.input('topScores', float32, 3);
  graph.input('topWeights', float32, 3);
  graph.input('shape', int64, 1);
  // In the order of the model's graph: large scores round as there.
  const products = graph.add('FusedMatMul', [queries, keys], { transB: 1 }, 'com.microsoft');
  let current = graph.add('Mul', [products, 'scale']);
  if (form.hasCap) {
    graph.input('cap', float32, 1);
    current = graph.add('Mul', [graph.add('Tanh', [current]), 'cap']);
  }
  const exponent = graph.add('Sub', [current, 'topScores']);
  const zero = graph.add('Cast', [graph.constant([0])], { to: float32 });
  current = graph.add('Mul', [graph.add('Exp', [graph.add('Min', [exponent, zero])]), 'topWeights']);
  current = graph.add('Reshape', [current, 'shape']);
  if (form.isCausal) {
    graph.input('lastKey', int64, 0);
    current = graph.add('Trilu', [current, 'lastKey'], { upper: 0 });
  }
  if (form.hasWindow) {
    graph.input('firstKey', int64, 0);
    current = graph.add('Trilu', [current, 'firstKey'], { upper: 1 });
  }
  if (form.hasNorms) {
    graph.input('norms', float32, 3);
    current = graph.add('Mul', [current, 'norms']);
  }
  current = joined(graph, form, current);
  if (form.pooling) {
    graph.input('keyBlocks', int64, 1);
    graph.input('rowBlocks', int64, 1);
    const reduce = (input: string, axis: number): string =>
      form.pooling === 'max'
        ? graph.add('ReduceMax', [input], { axes: [axis], keepdims: 0 })
        : graph.add('ReduceSum', [input, graph.constant([axis])], { keepdims: 0 });
    const joinedKeys = reduce(graph.add('Reshape', [current, 'keyBlocks']), 2);
    current = reduce(graph.add('Reshape', [joinedKeys, 'rowBlocks']), 1);
  }
  return graph.finish(current);
}

function joined(graph: TileGraphBuilder, { heads }: TileForm, weights: string): string {
  if (heads === 'apart') return weights;
  if (heads === 'max') return graph.add('ReduceMax', [weights], { axes: [0], keepdims: 0 });
  const { float32, int64 } = elementType;
  graph.input('shares', float32, 2);
  graph.input('headRows', int64, 1);
  graph.input('joinedShape', int64, 1);
  // A product with shares is faster than a reduction over the first axis.
  const mean = graph.add('MatMul', ['shares', graph.add('Reshape', [weights, 'headRows'])]);
  const shaped = graph.add('Reshape', [mean, 'joinedShape']);
  if (heads === 'mean') return shaped;
  const apart = graph.add('Abs', [graph.add('Sub', [weights, shaped])]);
  return graph.add('ReduceSum', [apart, graph.constant([2])], { keepdims: 0 });
}

class TileGraphBuilder {
  private readonly nodes: AddedNode[] = [];
  private readonly values: AddedValue[] = [];
  private readonly integers: AddedTensor[] = [];

  input(name: string, type: number, rank: number): void {
    this.values.push({ name, elementType: type, rank });
  }

  constant(values: readonly number[]): string {
    const name = `constant.${values.join('.')}`;
    if (!this.integers.some((known) => known.name === name)) this.integers.push(integerTensor(name, values));
    return name;
  }

  add(operator: string, inputs: readonly string[], attributes: AddedNode['attributes'] = {}, domain = ''): string {
    const output = `${operator}.${this.nodes.length}`;
    this.nodes.push({ operator, domain, inputs, output, attributes });
    return output;
  }

  /** The file; field numbers are those of onnx.proto. */
  finish(result: string): Uint8Array {
    this.nodes.push({ operator: 'Identity', inputs: [result], output: 'tile' });
    const graph = new ProtobufWriter();
    for (const node of this.nodes) graph.message(1, encodeNode(node));
    graph.string(2, 'tile');
    for (const integers of this.integers) graph.message(5, encodeTensor(integers));
    for (const value of this.values) graph.message(11, encodeValue(value));
    graph.message(12, encodeValue({ name: 'tile', elementType: elementType.float32 }));
    const model = new ProtobufWriter().integer(1, 8).message(7, graph);
    for (const [domain, version] of [
      ['', OPSET],
      ['com.microsoft', 1],
    ] as const) {
      model.message(8, new ProtobufWriter().string(1, domain).integer(2, version));
    }
    return model.finish();
  }
}
