import type { LayerReductions } from '../graph/longContextPart.ts';
import type { NewPositions } from './graphSession.ts';
import type { Tensors } from './kvCache.ts';

/** Which weights are multiplied by 0: those of hidden heads, at affected rows, on hidden keys. */
export interface Ablated {
  /** For each layer and head. */
  readonly heads: readonly (readonly boolean[])[];
  /** For each new position. */
  readonly rows: readonly boolean[];
  /** For each key; `undefined`: all of them. */
  readonly keys: readonly boolean[] | undefined;
}

/** What of a long text's pass is kept, beside its cache. */
export interface LongContextPass {
  /** New positions that are of the text; others fill up the last block. */
  readonly ofText: number;
  /** Tokens on each side of a block. */
  readonly blocks: { readonly heads: number; readonly layers: number; readonly mean: number };
  /** New positions whose weights are wanted as they are. */
  readonly checked: readonly number[];
}

/** New positions of a text, and what is wanted of the pass over them. */
export interface Pass extends NewPositions {
  /** Keys and values of earlier positions, by the names of the graph's inputs. */
  readonly past: Tensors;
  /** Layers whose attention weights are wanted. */
  readonly weights?: readonly number[];
  /** Tensors of the layers' facts. */
  readonly steps?: ReadonlyMap<number, readonly string[]>;
  readonly wantsLogits?: boolean;
  readonly wantsCache?: boolean;
  /** Where the cache is to be written, by the names of the graph's outputs. */
  readonly room?: Tensors;
  readonly ablated?: Ablated | undefined;
  readonly longContext?: LongContextPass;
}

export interface PassResult {
  /** Weights of a wanted layer: [heads, new positions, all positions]. */
  readonly weights: (layer: number) => Float32Array;
  /** The wanted tensors of a layer by their names in the model, flat. */
  readonly steps: (layer: number) => ReadonlyMap<string, Float32Array>;
  /** Logits of a new position by its place in the pass: [vocabulary], a copy. */
  readonly logits: (row: number) => Float32Array;
  /** The cache grown by the new positions, by the names of the graph's outputs; empty unless wanted. */
  readonly present: Tensors;
  /** What is kept of a layer in a long text's pass. */
  readonly reductions: (layer: number) => LayerReductions<Float32Array>;
}
