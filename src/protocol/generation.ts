import type { CachePolicy } from './cachePolicy.ts';
import type { ModelDescription } from './model.ts';
import type { Cut, HeadCombination, Token } from './run.ts';

/** Names one generation in the model process; never used twice. */
export type GenerationId = number;

/** How the next token is chosen from the model's probabilities. */
export interface Sampling {
  /** Logits are divided by it; 0 always takes the most probable token (greedy). */
  readonly temperature: number;
  /** Only the most probable `topK` tokens; 0: all. */
  readonly topK: number;
  /** Only the most probable tokens whose probabilities first add up to at least `topP`; 1: all. */
  readonly topP: number;
  /** 32 bits. The same seed, text and settings give the same tokens, whatever was stepped back or branched before. */
  readonly seed: number;
}

export type ChosenBy = 'greedy' | 'sampling' | 'user';

/** A token that was appended to the prompt. */
export interface GeneratedToken {
  readonly id: number;
  /** The token alone: whole characters as such, bytes of incomplete ones as `<0xF0>`. */
  readonly text: string;
  /**
   * [start, end) in the state's `text`, UTF-16 units. Where tokens share a character (the bytes of an emoji), the first
   * one owns it and the others are empty, as soon as the character is whole.
   */
  readonly start: number;
  readonly end: number;
  /** Probability that the model gave it (softmax of the logits, temperature 1); `undefined` for a resumed token. */
  readonly probability: number | undefined;
  readonly chosenBy: ChosenBy;
}

/** A token that could be next. */
export interface Candidate {
  readonly id: number;
  readonly text: string;
  /** Softmax of the logits at temperature 1, in double precision. */
  readonly probability: number;
  /** Probability after temperature, top-k and top-p; greedy: 1 for the chosen one. */
  readonly afterSampling: number;
}

/** What the model says of the next token. */
export interface Prediction {
  /** The ten most probable tokens, most probable first. */
  readonly candidates: readonly Candidate[];
  /** The token that the next step takes by itself; it may stand outside of the ten. */
  readonly choice: Candidate;
}

/** Work of one lane in one step. */
export interface Work {
  /** Positions that went through the model. */
  readonly positions: number;
  /** Keys that the last of them could see, itself included. */
  readonly keys: number;
  /** Rows × keys of attention that were computed, in each head: Σ over passes of positions × keys. */
  readonly cells: number;
  /** Multiply-accumulates, counted from the shapes of the graph; see `multiplyAccumulates` in src/attention/costs.ts. */
  readonly operations: number;
  /** Wall-clock time, caches handed over included. */
  readonly milliseconds: number;
}

/** The second lane: the whole text computed from scratch, all positions visible. */
export interface Recomputation extends Work {
  /**
   * Largest |difference| of the next token's logits to those of the cached lane. Without a window it must be rounding
   * (≤ 1e-4 in fp32); with one it is what the window changed.
   */
  readonly difference: number;
}

/** What one step cost: the pass over the prompt, or over one new token. */
export interface StepFigures {
  readonly cached: Work;
  /** Positions whose keys and values were taken from the cache. */
  readonly reused: number;
  /** Of the computed positions: those that had been computed before, but were no longer or never held. */
  readonly again: number;
  readonly cacheBytes: CacheBytes;
  /** Once asked for. */
  readonly recomputed: Recomputation | undefined;
}

export interface CacheBytes {
  /** Taken by the keys and values that are held. */
  readonly used: number;
  /** Allocated; more than `used` where buffers are preallocated. */
  readonly reserved: number;
}

/** The cache as it is now; every layer holds the same positions. */
export interface CacheState {
  readonly policy: CachePolicy;
  readonly bytes: CacheBytes;
  /** Positions held, ascending; those beyond the pointer wait there until another token is taken. */
  readonly kept: readonly number[];
  /** Those of `kept` that the last step computed; the others were reused. */
  readonly computed: readonly number[];
}

/** Another continuation of the same prompt, which can be gone back to. */
export interface Branch {
  /** Names it in `returnTo`. */
  readonly branch: number;
  /** Generated tokens that it shares with the present line. */
  readonly shared: number;
  /** Its generated tokens from there on. */
  readonly tokens: readonly { readonly id: number; readonly text: string }[];
}

/**
 * Why play should stop.
 *
 * - `endOfText`: the model ended its text; a further step continues all the same.
 * - `context`: the model was made for `limit` positions, or its table of positions ends there.
 * - `reserved`: the preallocated buffers are full.
 * - `memory`: the next step would not fit into the memory budget.
 */
export interface GenerationEnd {
  readonly reason: 'endOfText' | 'context' | 'reserved' | 'memory';
  /** Most positions; `undefined` for `endOfText`. */
  readonly limit: number | undefined;
}

/** What stays the same while a generation lives. */
export interface GenerationOrigin {
  readonly generation: GenerationId;
  readonly model: ModelDescription;
  /** The prompt that was used. */
  readonly prompt: string;
  /** Its tokens, special ones included; spans are in `prompt`. */
  readonly promptTokens: readonly Token[];
  /** Set when the beginning of the prompt had to be left out: `usedLength` units at its end were used. */
  readonly cut: Cut | undefined;
  readonly cache: CacheShape;
  /** Why this model can't run a sliding window; `undefined` if it can. */
  readonly windowRefusal: string | undefined;
  /** The operator of the graph by which numbers depend on what else is in their pass, as in dynamic quantisation. */
  readonly passDependence: string | undefined;
}

/** Shape of the cache: keys and values are [1, keyValueHeads, positions, headSize] in each layer. */
export interface CacheShape {
  readonly layers: number;
  readonly keyValueHeads: number;
  /** Query heads; each key/value head serves queryHeads ÷ keyValueHeads of them. */
  readonly queryHeads: number;
  readonly headSize: number;
  readonly elementType: 'float32' | 'float16';
  /** layers × 2 × keyValueHeads × headSize × bytes of an element. */
  readonly bytesPerPosition: number;
}

/** All that changes; each state replaces the one before. */
export interface GenerationState {
  /** Generated tokens of the present line, those beyond the pointer too. */
  readonly tokens: readonly GeneratedToken[];
  /** What `tokens` say: bytes of an incomplete character as `<0xF0>`. */
  readonly text: string;
  /** The pointer: so many of `tokens` are taken; stepping back moves it. */
  readonly taken: number;
  /** After the pointer. */
  readonly prediction: Prediction;
  /** [0] is the prompt's pass, [i] that of token i − 1; as many as there are tokens, plus one. */
  readonly steps: readonly StepFigures[];
  /** All work that computed again what had been computed before, since the start. */
  readonly again: Work;
  readonly branches: readonly Branch[];
  readonly sampling: Sampling;
  readonly cache: CacheState;
  readonly end: GenerationEnd | undefined;
  /** The text is longer than what the model was made for; its position encoding goes on, its quality may not. */
  readonly beyondContext: boolean;
}

/** What a token at the pointer, or before it, looked at. */
export interface AttentionRowRequest {
  readonly generation: GenerationId;
  readonly heads: HeadCombination;
  /** Position of the query; default: the last one before the pointer. */
  readonly position?: number | undefined;
}

export interface AttentionRow {
  readonly position: number;
  /** Positions of the keys that were visible, ascending. */
  readonly keys: readonly number[];
  /** Attention weight of each of them. */
  readonly weights: Float32Array;
}

/** Asks for the whole matrix up to the pointer, computed from scratch and joined into at most `resolution` cells a side. */
export interface TriangleRequest {
  readonly generation: GenerationId;
  readonly heads: HeadCombination;
  readonly resolution: number;
}

export interface CacheNormsRequest {
  readonly generation: GenerationId;
  readonly layer: number;
}

/** Euclidean norms of what a layer holds: [keyValueHeads, kept positions], row-major. */
export interface CacheNorms {
  readonly positions: readonly number[];
  readonly keys: Float32Array;
  readonly values: Float32Array;
}

/** A token under the policy and under a full cache that has seen the same tokens. */
export interface ComparedToken {
  readonly id: number;
  readonly text: string;
  /** Probability (temperature 1) with everything kept. */
  readonly full: number;
  /** Probability (temperature 1) under the policy; `undefined` for a past step where it is no longer known. */
  readonly policy: number | undefined;
}

/** What the cache policy changed, measured by a full cache that is led over the same tokens. */
export interface PolicyEffect {
  /** After the pointer: the token that a full cache would choose, and the policy's own choice. */
  readonly next: { readonly full: ComparedToken; readonly policy: ComparedToken };
  /** The first generated token that a full cache would have chosen differently; `undefined`: none so far. */
  readonly firstDifference:
    { readonly index: number; readonly full: ComparedToken; readonly policy: ComparedToken } | undefined;
}
