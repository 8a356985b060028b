/** One attention head, both numbers counted from 0. */
export interface HeadId {
  readonly layer: number;
  readonly head: number;
}

/** How many layers there are, and heads in each. */
export interface HeadGrid {
  readonly layers: number;
  readonly heads: number;
}

/** Number format in which the graph holds its weights or computes its attention. */
export type Precision = 'fp32' | 'fp16' | 'bf16' | 'int8' | 'int4' | 'mixed';

/** Where the tap takes the attention weights of one layer out of the graph. */
export interface TappedLayer {
  readonly layer: number;
  /** Operator that makes the weights, e.g. `Softmax`. */
  readonly operator: string;
  /** Name of that node in the file. */
  readonly node: string;
  /** Name of the tapped tensor in the file: [1, heads, queries, keys]. */
  readonly tensor: string;
}

/** What the invariants of `fidelity.md` measured, over all layers and heads. */
export interface SelfCheck {
  /** Largest |row sum − 1|. */
  readonly rowSumError: number;
  /** Largest weight on a token after the query; `undefined` for a bidirectional model. */
  readonly futureWeight: number | undefined;
}

/** A model as it was found on disk and tapped; heads and layers as the run itself showed them. */
export interface ModelDescription {
  readonly folder: string;
  readonly name: string;
  /** `model_type` of config.json, e.g. `llama`. */
  readonly architecture: string;
  /** Precision of the stored weights. */
  readonly storage: Precision;
  /** Precision in which attention is computed. */
  readonly compute: Precision;
  readonly layers: number;
  readonly heads: number;
  /** Heads that hold keys and values; fewer than `heads` with grouped queries. */
  readonly keyValueHeads: number;
  /** Longest input, in tokens, that the model was made for. */
  readonly contextLength: number;
  /** Whether a query sees only itself and earlier tokens. */
  readonly causal: boolean;
  readonly tap: readonly TappedLayer[];
}
