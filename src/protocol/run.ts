import type { HeadId, ModelDescription, SelfCheck } from './model.ts';

/** Names one explained text in the model process; never used twice. */
export type RunId = number;

/** One token of a run, with its place in the explained text in UTF-16 units. */
export interface Token {
  readonly id: number;
  /** The tokenizer's own form of the token, decoded for display. */
  readonly text: string;
  /** [start, end) in the explained text; [−1, −1) for a special token that stands for no text. */
  readonly start: number;
  readonly end: number;
}

/** A part of the selection that was left out, and why. */
export interface Cut {
  readonly reason: 'context' | 'memory';
  /** UTF-16 units of the selection that were used; the cut lies on a token boundary. */
  readonly usedLength: number;
  readonly totalLength: number;
  /** Largest number of tokens, special tokens included, that the reason allows. */
  readonly tokenLimit: number;
}

/** Everything about a finished run except its tensors, which stay in the model process. */
export interface RunSummary {
  readonly run: RunId;
  readonly model: ModelDescription;
  /** The explained text: the selection, or the part of it before the cut. */
  readonly text: string;
  readonly tokens: readonly Token[];
  readonly cut: Cut | undefined;
  readonly check: SelfCheck;
  /** Wall-clock time of the forward pass, in milliseconds. */
  readonly milliseconds: number;
  /** Bytes that the run keeps in the model process. */
  readonly bytes: number;
}

/** One head, or several joined cell by cell; `all` spares listing every head. */
export type HeadCombination =
  | { readonly kind: 'head'; readonly layer: number; readonly head: number }
  | { readonly kind: 'mean' | 'max'; readonly heads: 'all' | readonly HeadId[] };

/** Which heads a view looks at. `rollout`: all heads of the layers up to and including `layer`, multiplied layer by layer. */
export type HeadSelection = HeadCombination | { readonly kind: 'rollout'; readonly layer: number };

/**
 * What the cells of a matrix hold. `weight`: attention after softmax, A. `valueNorm`: ‖A[i, j] · v_j · W_O‖₂ (Kobayashi
 * et al. 2020), which is no share of anything. There is no rollout of it.
 */
export type Quantity = 'weight' | 'valueNorm';

/** How cells are joined where a slice has fewer cells than the region. */
export type Pooling = 'max' | 'mean';

/** Half-open range [start, end) of token indices. */
export interface TokenRange {
  readonly start: number;
  readonly end: number;
}

/** Asks for a region of a matrix: rows are queries, columns are keys. */
export interface SliceRequest {
  readonly run: RunId;
  readonly heads: HeadSelection;
  readonly quantity: Quantity;
  readonly rows: TokenRange;
  readonly columns: TokenRange;
  /** Most cells wanted in each direction; a region with more is pooled into that many blocks. */
  readonly resolution: { readonly rows: number; readonly columns: number };
  readonly pooling: Pooling;
}

/** `data` is [rows, columns], row-major. */
export interface Slice {
  readonly rows: number;
  readonly columns: number;
  readonly data: Float32Array;
}

/** Asks for a small picture of every head at once. */
export interface OverviewRequest {
  readonly run: RunId;
  readonly quantity: Quantity;
  /** Most cells on a side. */
  readonly resolution: number;
}

/** `data` is [layers, heads, side, side], each cell the maximum of its block. */
export interface Overview {
  readonly side: number;
  readonly data: Float32Array;
}

/** `looksAt`: the token's row as a query. `lookedAtBy`: its column as a key. */
export type Direction = 'looksAt' | 'lookedAtBy';

export interface Partner {
  readonly token: number;
  /** In the quantity that was asked for. */
  readonly weight: number;
}

export interface HeadPartner extends Partner, HeadId {}

/** The strongest partners of one token in one direction, each list strongest first. */
export interface Partners {
  /** In the selected heads. */
  readonly selected: readonly Partner[];
  /** In the mean over all heads. */
  readonly overall: readonly Partner[];
  /** The heads with the strongest single weight, with the partner it is on. */
  readonly byHead: readonly HeadPartner[];
}

export interface PartnersRequest {
  readonly run: RunId;
  readonly token: number;
  readonly heads: HeadSelection;
  readonly quantity: Quantity;
  /** Longest list wanted. */
  readonly count: number;
}

export type TokenPartners = Readonly<Record<Direction, Partners>>;
