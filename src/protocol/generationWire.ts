import { RequestType } from 'vscode-jsonrpc';
import type { CachePolicy } from './cachePolicy.ts';
import type { Failure } from './failure.ts';
import type {
  AttentionRow,
  AttentionRowRequest,
  CacheNorms,
  CacheNormsRequest,
  ChosenBy,
  GenerationId,
  GenerationOrigin,
  GenerationState,
  PolicyEffect,
  Sampling,
  TriangleRequest,
} from './generation.ts';
import type { Slice, SpecialTokens } from './run.ts';

/**
 * Requests from the extension host to the model process about generations. All can be cancelled; what was cancelled
 * left the state as it was. They are answered one at a time, in order: who plays waits for each answer before the next
 * request.
 */

/** A token of an earlier process, to be taken over without being chosen again. */
export interface ResumedToken {
  readonly id: number;
  readonly probability: number | undefined;
  readonly chosenBy: ChosenBy;
}

export interface StartGenerationRequest {
  /** Absolute path of the model's folder. */
  readonly modelFolder: string;
  readonly text: string;
  /** Tokens to begin with, after the prompt: those of a state whose process was lost. */
  readonly resume?: readonly ResumedToken[] | undefined;
  readonly policy: CachePolicy;
  readonly sampling: Sampling;
  /** Most bytes that a pass and the cache may take. */
  readonly memoryBudget: number;
  /** `text` by default. */
  readonly specialTokens?: SpecialTokens;
  /** Name under which `explainProgress` tells the stages of this request. */
  readonly progress: string;
}

export interface StartedGeneration {
  readonly origin: GenerationOrigin;
  readonly state: GenerationState;
}

/** `token`: the one to take; default: along the present line while there is one, else the state's `choice`. */
export interface StepRequest {
  readonly generation: GenerationId;
  readonly token?: number | undefined;
}

interface OfGeneration {
  readonly generation: GenerationId;
}

export const startGeneration = new RequestType<StartGenerationRequest, StartedGeneration, Failure>('generation/start');
/** Answers with an unchanged state, which says why, where no further step is possible. */
export const stepGeneration = new RequestType<StepRequest, GenerationState, Failure>('generation/step');
/** Moves the pointer along the present line. */
export const goToToken = new RequestType<OfGeneration & { readonly taken: number }, GenerationState, Failure>(
  'generation/goTo',
);
export const returnToBranch = new RequestType<OfGeneration & { readonly branch: number }, GenerationState, Failure>(
  'generation/returnTo',
);
/** Keeps the tokens, and computes the cache anew under the policy. */
export const setCachePolicy = new RequestType<
  OfGeneration & { readonly policy: CachePolicy },
  GenerationState,
  Failure
>('generation/policy');
export const setSampling = new RequestType<OfGeneration & { readonly sampling: Sampling }, GenerationState, Failure>(
  'generation/sampling',
);
/** The second lane at the pointer: fills in `recomputed` of that step. */
export const recomputeStep = new RequestType<OfGeneration, GenerationState, Failure>('generation/recompute');
export const policyEffect = new RequestType<OfGeneration, PolicyEffect, Failure>('generation/effect');
export const attentionRow = new RequestType<AttentionRowRequest, AttentionRow, Failure>('generation/row');
export const attentionTriangle = new RequestType<TriangleRequest, Slice, Failure>('generation/triangle');
export const cacheNorms = new RequestType<CacheNormsRequest, CacheNorms, Failure>('generation/norms');
/** Frees all that the generation holds. */
export const closeGeneration = new RequestType<OfGeneration, void, Failure>('generation/close');
