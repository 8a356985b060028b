import type { HeadRole } from './headRole.ts';
import type { HeadId } from './model.ts';
import type { HeadSelection, Quantity, RunId } from './run.ts';

/**
 * Questions about a run beyond its attention weights. Each is answered by the model process from tensors of the graph,
 * computed when asked for. Token numbers count from 0; H heads, d head size, queries and keys as in `run.ts`.
 */
export interface Inspections {
  readonly row: { readonly question: RowQuestion; readonly answer: RowSteps };
  readonly effects: { readonly question: EffectsQuestion; readonly answer: Effects };
  readonly reads: { readonly question: ReadsQuestion; readonly answer: Reads };
  readonly roles: { readonly question: unknown; readonly answer: HeadRoles };
  readonly distances: { readonly question: unknown; readonly answer: HeadDistances };
  readonly pair: { readonly question: PairQuestion; readonly answer: PairValues };
  readonly links: { readonly question: LinksQuestion; readonly answer: Links };
  readonly linearWeights: { readonly question: unknown; readonly answer: LinearWeights };
  readonly timing: { readonly question: TimingQuestion; readonly answer: Timing };
}

export type InspectionKind = keyof Inspections;

type Each<Part extends 'question' | 'answer'> = {
  [Kind in InspectionKind]: { readonly kind: Kind } & Inspections[Kind][Part];
}[InspectionKind];

export type Question = Each<'question'>;
export type Answer<K extends InspectionKind = InspectionKind> = Extract<Each<'answer'>, { readonly kind: K }>;

export function isAnswerTo<K extends InspectionKind>(kind: K, answer: Answer): answer is Answer<K> {
  return answer.kind === kind;
}

export interface InspectRequest {
  readonly run: RunId;
  readonly question: Question;
}

/** Everything that happens in one head between the vectors of one query and its output. */
export interface RowQuestion extends HeadId {
  readonly query: number;
}

/** Tensors of the graph for one row, as the model itself computed them. */
export interface RowSteps {
  /** Key/value head that this query head reads; several share one with grouped queries. */
  readonly keyValueHead: number;
  /** d, the length of a query or key vector. */
  readonly headSize: number;
  /** Number of keys: query + 1 in a causal model, all tokens in a bidirectional one. */
  readonly keys: number;
  /** [d], after rotary embedding and norms, before any scale. */
  readonly queryVector: Float32Array;
  /** [keys, d], like the query's. */
  readonly keyVectors: Float32Array;
  /** [keys, value size]; the value size mostly is d. */
  readonly valueVectors: Float32Array;
  /** What q·k is multiplied by in all, wherever the export put it: mostly 1/√d. */
  readonly scale: number;
  /** c of c·tanh(s/c), which Gemma 2 applies to scaled products; `undefined`: none. */
  readonly softcap: number | undefined;
  /** [keys]: what is added to the scaled (and capped) products: mask, position bias; −Infinity where masked. */
  readonly bias: Float32Array;
  /** [keys]: the model's attention scores, which enter the softmax; −Infinity where masked. */
  readonly scores: Float32Array;
  /** [keys]: the model's attention weights. */
  readonly weights: Float32Array;
  /** [value size]: what leaves the head, Σ weights × values, from the graph. */
  readonly output: Float32Array;
  /** [keys]: ‖A[query, key] · v_key · W_O‖₂ of this head (Kobayashi et al. 2020); `undefined` where the graph hides W_O. */
  readonly valueWeightedNorms: Float32Array | undefined;
}

/** What is taken away from the model, by multiplying attention weights by 0; nothing is renormalised. */
export type Ablation =
  /**
   * The weights on one token in some heads. `query`: those of the row's query alone, so that just the weights of that
   * row are tested; `everyone`: those of all queries after that token too, so that it can't come round another way.
   */
  | {
      readonly kind: 'token';
      readonly token: number;
      readonly heads: 'all' | readonly HeadId[];
      readonly hiddenFrom: 'query' | 'everyone';
    }
  /** Whole heads, for all queries; a layer is all of its heads. */
  | { readonly kind: 'heads'; readonly heads: readonly HeadId[] };

/** What each ablation by itself does to the prediction after `query`. Ask for some at a time: the answer waits for all. */
export interface EffectsQuestion {
  readonly query: number;
  readonly ablations: readonly Ablation[];
}

export interface Effects {
  /** The token whose probability is told: the one that follows in the text, else the most probable one. */
  readonly target: { readonly id: number; readonly text: string; readonly follows: boolean };
  /** Its probability in the untouched model. */
  readonly probability: number;
  /** In the order of the ablations. */
  readonly effects: readonly Effect[];
  /** Wall-clock time, and forward passes that ran, those of what comes before the query included. */
  readonly milliseconds: number;
  readonly passes: number;
  /** What the untouched prediction took by itself. */
  readonly baseline: PassWork;
}

/** Positions that went through the model, and the time that took alone, whatever else was asked meanwhile. */
export interface PassWork {
  readonly positions: number;
  readonly milliseconds: number;
}

export interface Effect extends PassWork {
  /** Of the target, with the ablation. */
  readonly probability: number;
  /** KL divergence of the prediction with the ablation from the untouched one, Σ p log₂(p/p′), in bits. */
  readonly divergence: number;
}

export interface ReadsQuestion {
  readonly token: number;
}

/** A token's vector as the attention of each layer reads it: the input of the layer's value projection. */
export interface Reads {
  readonly layers: number;
  readonly width: number;
  /** [layers, width] */
  readonly vectors: Float32Array;
}

/** Scores of every head on the standard probes, each [layers, heads]: a property of the model, measured once and kept. */
export interface HeadRoles extends Readonly<Record<HeadRole, Float32Array>> {
  readonly layers: number;
  readonly heads: number;
}

/** How unusual each head is on this text. */
export interface HeadDistances {
  readonly layers: number;
  readonly heads: number;
  /** [layers, heads]: mean over queries of the total variation distance ½ Σ_j |A_h − mean of all heads|. */
  readonly distances: Float32Array;
}

export interface PairQuestion {
  readonly query: number;
  readonly key: number;
  readonly quantity: Quantity;
}

/** One cell of the matrix in every head. */
export interface PairValues {
  readonly layers: number;
  readonly heads: number;
  /** [layers, heads], in the quantity that was asked for. */
  readonly values: Float32Array;
}

/** Where a matrix has most to show. */
export interface LinksQuestion {
  readonly heads: HeadSelection;
  readonly quantity: Quantity;
}

/** A query and the key that it looks at. */
export interface Link {
  readonly query: number;
  readonly key: number;
  /** In the quantity that was asked for. */
  readonly weight: number;
}

export interface Links {
  /** Fewest tokens between the query and the key of a link, and between one link and another. */
  readonly apart: number;
  /** The largest weights, none near another, none on the first token: strongest first. */
  readonly links: readonly Link[];
}

/** How large the model's matrices are: what costs are counted from, beside its heads. */
export interface LinearWeights {
  /** Numbers in all matrices that activations are multiplied by, the output head's included. */
  readonly linearWeights: number;
}

/** How long one forward pass over `tokens` tokens takes here: this text's own, repeated where it is shorter. */
export interface TimingQuestion {
  readonly tokens: number;
}

export interface Timing {
  readonly tokens: number;
  /** Wall-clock time of the pass that returns all attention weights. */
  readonly milliseconds: number;
}
