import type { Failure } from './failure.ts';
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
  /**
   * `context`: positions stand in a table that ends there. `memory`: the budget holds no more. `length`: nothing longer
   * is explained, whatever the model and the memory.
   */
  readonly reason: 'context' | 'length' | 'memory';
  /** UTF-16 units of the selection that were used; the cut lies on a token boundary. */
  readonly usedLength: number;
  readonly totalLength: number;
  /** Largest number of tokens, special tokens included, that the reason allows. */
  readonly tokenLimit: number;
  /** Bytes that the whole selection would take, as far as it is explained at all; with `memory` only. */
  readonly bytesNeeded?: number;
}

/** The end of the selection was left out. */
export interface EndCut extends Cut {
  /** Whole lines that were used. */
  readonly usedLines: number;
  /** Lines of the selection. */
  readonly totalLines: number;
}

/**
 * How a run's weights are held. `whole`: every weight as the model made it. `computed`: what they follow from is kept,
 * and each weight is computed when it is asked for: from queries and keys, or by running the model's own graph over the
 * asked rows again where its weights don't follow from those alone.
 */
export type HeldWeights = { readonly kind: 'whole' } | ComputedWeights;

export interface ComputedWeights {
  readonly kind: 'computed';
  readonly from: 'queriesAndKeys' | 'graph';
  /** Of the kept queries and keys. */
  readonly precision: FloatPrecision;
  /** Largest difference to the weights that the graph itself made, over the rows that were compared. */
  readonly largestDifference: number;
}

/** float32 or float16. */
export type FloatPrecision = 'single' | 'half';

/** How special tokens whose names stand in a text (`<|endoftext|>`, `[SEP]`) are read: like any words, or as what they name. */
export type SpecialTokens = 'text' | 'special';

/** What may be impossible for a run: rollouts, and the questions that run its whole text in the model again. */
export type Refusable = 'rollout' | 'inspection';

/** Everything about a finished run except its tensors, which stay in the model process. */
export interface RunSummary {
  readonly run: RunId;
  readonly model: ModelDescription;
  /** The explained text: what precedes the selection, as far as it is explained with it, and the selection up to the cut. */
  readonly text: string;
  readonly tokens: readonly Token[];
  /** UTF-16 units of the text before the selection; 0: the selection is explained by itself. */
  readonly precedingLength: number;
  /** The tokens that the selection was for: those before it are there for the model to read, those of no text apart. */
  readonly selection: TokenRange;
  readonly cut: EndCut | undefined;
  /** Names of special tokens that stand in the text, and how they were read. */
  readonly specialTokens: { readonly found: readonly string[]; readonly readAs: SpecialTokens };
  readonly check: SelfCheck;
  /** Wall-clock time of the forward pass, in milliseconds. */
  readonly milliseconds: number;
  /** Bytes that the run keeps in the model process. */
  readonly bytes: number;
  readonly weights: HeldWeights;
  /** Why something can't be had of this run; absent what can. */
  readonly refused: Partial<Readonly<Record<Refusable, Failure>>>;
}

/** The run so far while it is under way. */
export interface Preview {
  /** Tokens on each side of a cell, a power of two. */
  readonly block: number;
  /** Cells on each side of the whole matrix. */
  readonly side: number;
  /** Rows of cells that are done. */
  readonly rows: number;
  /** [rows, side]: in each cell the largest weight of its block in the mean of all heads. */
  readonly data: Float32Array;
}

/** How several heads become one matrix, cell by cell. */
export const joinings = ['mean', 'max'] as const;
export type Joining = (typeof joinings)[number];

/** `all` spares listing every head. */
export interface HeadSet {
  readonly heads: 'all' | readonly HeadId[];
}

interface HeadKinds extends Readonly<Record<Joining, HeadSet>> {
  readonly head: HeadId;
  /** All heads of the layers up to and including `layer`, multiplied layer by layer. */
  readonly rollout: { readonly layer: number };
}

export type HeadKind = keyof HeadKinds;

/** Which heads a view looks at. */
export type HeadSelection<K extends HeadKind = HeadKind> = {
  [Kind in K]: { readonly kind: Kind } & HeadKinds[Kind];
}[K];

/** One head, or several joined cell by cell. */
export type HeadCombination = HeadSelection<'head' | Joining>;

/**
 * What the cells of a matrix hold. `weight`: attention after softmax, A. `valueNorm`: ‖A[i, j] · v_j · W_O‖₂ (Kobayashi
 * et al. 2020), which is no share of anything. There is no rollout of it.
 */
export type Quantity = 'weight' | 'valueNorm';

/** How the weights of the tokens that share a cell are joined. */
export type Pooling = 'max' | 'mean';

/** Half-open range [start, end) of token indices. */
export interface TokenRange {
  readonly start: number;
  readonly end: number;
}

/** Tokens on each side of a cell, each a power of two. */
export interface Block {
  readonly rows: number;
  readonly columns: number;
}

/**
 * Asks for a region of a matrix: rows are queries, columns are keys. It begins and ends at edges of blocks, or with the
 * text, whose last block may hold fewer tokens. Several heads are joined before blocks are.
 */
export interface SliceRequest {
  readonly run: RunId;
  readonly heads: HeadSelection;
  readonly quantity: Quantity;
  readonly rows: TokenRange;
  readonly columns: TokenRange;
  readonly block: Block;
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
  /** Tokens on each side of a cell, a power of two. */
  readonly block: number;
  readonly pooling: Pooling;
}

/** `data` is [layers, heads, side, side], each cell a pooled block; side: ⌈tokens / block⌉. */
export interface Overview {
  readonly side: number;
  readonly data: Float32Array;
}

/** Asks for the largest weights of a matrix, where a colour scale ends. */
export type PeaksRequest = Pick<SliceRequest, 'run' | 'heads' | 'quantity'>;

/** Largest weight of a matrix. Of a text of one token there is none: 0. */
export interface Peaks {
  /** Without the first row, whose token may have nothing but itself to look at. */
  readonly withoutFirstRow: number;
  /** Without the first column, on which many heads put what they have no use for. */
  readonly withoutFirstColumn: number;
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
