import type { Scalar } from './layerFacts.ts';

/** Inputs that say how a matrix is divided into blocks of B keys and B queries; pass of c queries over N keys. */
export interface BlockInputs {
  /** [4]: heads, c, N / B, B. */
  readonly keyBlocks: string;
  /** [4]: heads, c / B, B, N / B. */
  readonly queryBlocks: string;
  /** [1]: B. */
  readonly blockSize: string;
  /** float32 [B]: 0, then ones. */
  readonly laterKeys: string;
  /** float32 [N / B]: 0, then ones. */
  readonly laterBlocks: string;
}

/** Matrices of which blocks are kept: of every head, of the mean of each layer's heads, and of the mean of all. */
export type Kept = 'heads' | 'layers' | 'mean';

export interface MapInputs {
  readonly blocks: Readonly<Record<Kept, BlockInputs>>;
  /** [4]: 1, heads, c, N. */
  readonly matrices: string;
  /** [2]: heads, c · N. */
  readonly headRows: string;
  /** [4]: 1, 1, c, N. */
  readonly oneHead: string;
  /** float32 [1, heads]: what a head counts in the mean of its layer. */
  readonly headShares: string;
  /** float32 [1]: what a layer counts in the mean of all. */
  readonly layerShare: string;
  /** float32 [c, 1]: 1 for queries of the text, 0 for those that fill up the last block. */
  readonly ofText: string;
  /** float32 [c, c]: 1 above the diagonal. */
  readonly future: string;
  /** [1] each: where the keys of this pass begin and end. */
  readonly newKeys: string;
  readonly allKeys: string;
  /** [any]: queries of this pass whose weights are wanted as they are. */
  readonly checked: string;
}

/** What is left of matrices [heads, c, N] of a pass; heads that are joined are one. */
export interface Reduced {
  /** Largest weight and sum of each block: [heads, c / B, N / B]. */
  readonly maxima: string;
  readonly sums: string;
  /** [heads, c]: on the first key, and the largest on a later one. */
  readonly first: string;
  readonly later: string;
}

export interface MapLayer {
  /** [heads, c] */
  readonly rowSums: string;
  /** Largest score of each row as it enters the Softmax: [heads, c]. */
  readonly topScores: string;
  /** [heads]: largest weight on a later token. */
  readonly future: string;
  /** Weights of the checked queries: [heads, checked, N]. */
  readonly checked: string;
  /** Queries, and what else the scores are made of; `undefined` where the graph doesn't show it. */
  readonly query: { readonly tensor: string; readonly scores: ScoreScalars } | undefined;
}

/** The scalars between q·k and the Softmax. */
export interface ScoreScalars {
  readonly key: readonly Scalar[];
  readonly product: readonly Scalar[];
  readonly cap: readonly Scalar[] | undefined;
}

/** Keys and values of a layer: what a pass takes, and what it adds to that, [1, key-value heads, c, head size]. */
export interface CachedLayer {
  readonly past: { readonly key: string; readonly value: string };
  readonly added: { readonly key: string; readonly value: string };
}
