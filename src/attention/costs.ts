/** The shapes that the work of a pass is counted from. */
export interface CostShape {
  readonly layers: number;
  readonly queryHeads: number;
  readonly headSize: number;
  /** Numbers in all matrices that activations are multiplied by. */
  readonly linearWeights: number;
}

/** The shapes that decide how large a KV cache grows. */
export interface CacheGrowth {
  readonly layers: number;
  readonly keyValueHeads: number;
  readonly headSize: number;
}

/**
 * Multiply-accumulates of one pass: `rows` positions that see `keys` keys.
 *
 * That is what the graph computes: the whole rectangle of rows × keys, masked cells too, and logits of every row.
 * Norms, softmax, rotary embeddings and activations are not multiply-accumulates of matrices and are left out.
 */
export function multiplyAccumulates(shape: CostShape, rows: number, keys: number): number {
  return linearOperations(shape, rows) + attentionOperations(shape, rows, keys);
}

/**
 * Those of the projections, the feed-forward layers and the output head: rows × linear weights, since each number of a
 * matrix is used once per position.
 */
export function linearOperations({ linearWeights }: Pick<CostShape, 'linearWeights'>, rows: number): number {
  return rows * linearWeights;
}

/** Those of attention itself, Q·Kᵀ and weights·V: 2 × layers × query heads × head size × rows × keys. */
export function attentionOperations(
  { layers, queryHeads, headSize }: Omit<CostShape, 'linearWeights'>,
  rows: number,
  keys: number,
): number {
  return 2 * layers * queryHeads * headSize * rows * keys;
}

/** The length n, in tokens, at which one pass over a text takes as many multiply-accumulates for attention as for the rest. */
export function evenLength(shape: CostShape): number {
  return linearOperations(shape, 1) / attentionOperations(shape, 1, 1);
}

/** Entries of all attention matrices of a text: layers × query heads × n². */
export function matrixEntries({ layers, queryHeads }: Pick<CostShape, 'layers' | 'queryHeads'>, n: number): number {
  return layers * queryHeads * n * n;
}

/** Those that a causal model can fill, each token looking at itself and earlier ones: layers × query heads × n(n + 1)/2. */
export function causalEntries({ layers, queryHeads }: Pick<CostShape, 'layers' | 'queryHeads'>, n: number): number {
  return (layers * queryHeads * n * (n + 1)) / 2;
}

/** Bytes of a full cache: layers × 2 (keys and values) × key/value heads × head size × bytes of an element × positions. */
export function fullCacheBytes(shape: CacheGrowth, bytesPerElement: number, positions: number): number {
  return shape.layers * 2 * shape.keyValueHeads * shape.headSize * bytesPerElement * positions;
}

/** Lengths from 16 to 128K tokens, each twice the one before. */
export const costLengths: readonly number[] = Array.from({ length: 14 }, (_, power) => 16 * 2 ** power);
