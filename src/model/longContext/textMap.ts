import type { PiecewiseAttention } from '../../attention/source.ts';
import type { Half } from '../../protocol/half.ts';
import type { SelfCheck } from '../../protocol/model.ts';
import type { Peaks } from '../../protocol/run.ts';
import type { Kept } from '../graph/longContextPart.ts';
import type { KvCache } from '../runtime/kvCache.ts';
import type { BlockSizes } from './blockGrid.ts';

/** Largest weight and sum of each block. Tokens of these sources are blocks; of single tokens both are the same. */
export interface BlockGrid {
  /** Tokens on each side of a block. */
  readonly block: number;
  readonly maxima: PiecewiseAttention;
  readonly sums: PiecewiseAttention;
  /** Of each matrix, layer by layer. */
  readonly peaks: readonly Peaks[];
}

export type Vectors = Float32Array | Half;

/** What the scores of a layer's heads follow from. */
export interface LayerVectors<V extends Vectors = Float32Array> {
  /** As they enter the product: [heads, tokens, head size]. */
  readonly queries: V;
  /** As the cache holds them: [key-value heads, positions, head size]; positions after the text may follow. */
  readonly keys: V;
  readonly values: Float32Array;
  /** Largest score of each row and the weight that it became: [heads, tokens]. Weights are e^(score − top) of that. */
  readonly topScores: Float32Array;
  readonly topWeights: Float32Array;
  /** What a product q·k is multiplied by before a cap. */
  readonly scale: number;
  /** cap · tanh of the scaled product; `undefined` without a cap. */
  readonly cap: number | undefined;
  /** Keys that a query sees, itself included; `undefined` if all before it. */
  readonly window: number | undefined;
}

/** A row of the graph's own weights in every head: for each layer [heads, keys]. */
export interface GraphRow {
  readonly query: number;
  readonly layers: readonly Float32Array[];
}

/** All that is kept of a long text: memory grows with its length. */
export interface TextMap<V extends Vectors = Float32Array> {
  readonly tokens: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly headSize: number;
  /** Positions that `keys` and `values` hold. */
  readonly positions: number;
  readonly layers: readonly LayerVectors<V>[];
  /** What `keys` and `values` are views of; `undefined` where keys are kept in half precision. */
  readonly cache: KvCache | undefined;
  readonly blocks: BlockSizes;
  readonly grids: Readonly<Record<Kept, BlockGrid>>;
  readonly check: SelfCheck;
  readonly checkedRows: readonly GraphRow[];
}

/** Bytes that a map takes. */
export function textMapBytes({ layers, grids }: TextMap<Vectors>): number {
  const vectors = layers
    .flatMap(({ queries, keys, values, topScores, topWeights }) => [queries, keys, values, topScores, topWeights])
    .reduce((sum, { byteLength }) => sum + byteLength, 0);
  const kept = new Set(Object.values(grids).flatMap(({ maxima, sums }) => [maxima, sums]));
  return [...kept].reduce((sum, { bytes }) => sum + bytes, vectors);
}
