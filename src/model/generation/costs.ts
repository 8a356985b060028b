import type { Work } from '../../protocol/generation.ts';

/** The shapes that the work of a pass is counted from. */
export interface CostShape {
  readonly layers: number;
  readonly queryHeads: number;
  readonly headSize: number;
  /** Numbers in all matrices that activations are multiplied by. */
  readonly linearWeights: number;
}

/**
 * Multiply-accumulates of one pass: `rows` positions that see `keys` keys.
 *
 * rows × linear weights (projections, feed-forward, output head: each number of a matrix is used once per position)
 * + 2 × layers × query heads × head size × rows × keys (Q·Kᵀ, and weights·V).
 *
 * That is what the graph computes: the whole rectangle of rows × keys, masked cells too, and logits of every row.
 * Norms, softmax, rotary embeddings and activations are not multiply-accumulates of matrices and are left out.
 */
export function multiplyAccumulates(shape: CostShape, rows: number, keys: number): number {
  return rows * shape.linearWeights + 2 * shape.layers * shape.queryHeads * shape.headSize * rows * keys;
}

export const noWork: Work = { positions: 0, keys: 0, cells: 0, operations: 0, milliseconds: 0 };

/** Work done one after the other; `keys` are those of the last. */
export function sumOf(first: Work, second: Work): Work {
  return {
    positions: first.positions + second.positions,
    keys: second.positions > 0 ? second.keys : first.keys,
    cells: first.cells + second.cells,
    operations: first.operations + second.operations,
    milliseconds: first.milliseconds + second.milliseconds,
  };
}
