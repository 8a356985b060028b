import { NotificationType, RequestType, RequestType0 } from 'vscode-jsonrpc';
import type { CachePolicy } from './cachePolicy.ts';
import type { Failure } from './failure.ts';
import type {
  AttentionRowRequest,
  CacheNormsRequest,
  GenerationId,
  GenerationOrigin,
  GenerationState,
  PolicyEffect,
  Sampling,
  TriangleRequest,
} from './generation.ts';
import type { ResumedToken } from './generationWire.ts';
import type { ExplainStage } from './modelWire.ts';
import type { SliceMessage } from './viewSlice.ts';

/** Messages between the extension host and the view «Step Through Generation». */

/** A text to start from, and where it came from. */
export interface Prompt {
  readonly text: string;
  /** Short name for titles, e.g. `parser.ts 12–19`; `undefined` for a typed text. */
  readonly label: string | undefined;
  /** Said when the prompt is not what the user selected, e.g. «nothing was selected». */
  readonly note: string | undefined;
  /** Where the text stands, [start, start + length) in the document; `undefined` for a typed text. */
  readonly place: { readonly uri: string; readonly start: number } | undefined;
}

/** What the view keeps over a reload of the window, to start again from. */
export interface GenerationRestorePoint {
  readonly prompt: Prompt;
  readonly tokens: readonly ResumedToken[];
  /** So many of them are taken. */
  readonly taken: number;
  readonly policy: CachePolicy;
  readonly sampling: Sampling;
}

/**
 * The whole state of the view; each snapshot replaces the one before.
 *
 * - `idle`: nothing runs; `restore` is what can be started again.
 * - `failed`: the start failed, or the model process was lost on the way.
 */
export type GenerationSnapshot =
  | { readonly kind: 'idle'; readonly restore: GenerationRestorePoint | undefined }
  | { readonly kind: 'starting'; readonly stage: ExplainStage; readonly restore: GenerationRestorePoint }
  | { readonly kind: 'failed'; readonly failure: Failure; readonly restore: GenerationRestorePoint }
  | {
      readonly kind: 'ready';
      readonly origin: GenerationOrigin;
      readonly state: GenerationState;
      /** What the user has to know, e.g. that the generation was started again. */
      readonly note: string | undefined;
      readonly restore: GenerationRestorePoint;
    };

/** What the user does to a generation. */
export type GenerationChange =
  | { readonly kind: 'step'; readonly token?: number | undefined }
  | { readonly kind: 'goTo'; readonly taken: number }
  | { readonly kind: 'returnTo'; readonly branch: number }
  | { readonly kind: 'policy'; readonly policy: CachePolicy }
  | { readonly kind: 'sampling'; readonly sampling: Sampling }
  | { readonly kind: 'recompute' };

export interface ChangeRequest {
  readonly generation: GenerationId;
  readonly change: GenerationChange;
}

/** Positions and weights of one row; the weights are bytes of a Float32Array. */
export interface RowMessage {
  readonly position: number;
  readonly keys: readonly number[];
  readonly weights: ArrayBuffer;
}

/** Norms of one layer, [keyValueHeads, positions], as bytes of Float32Arrays. */
export interface NormsMessage {
  readonly positions: readonly number[];
  readonly keys: ArrayBuffer;
  readonly values: ArrayBuffer;
}

export type GenerationAction = 'again' | 'cancel' | 'close' | 'insert' | 'copy' | 'showLog';

/** View to host. */
export const viewReady = new RequestType0<GenerationSnapshot, Failure>('view/ready');
/** Answers with the state after the change. Who plays waits for each answer. */
export const viewChange = new RequestType<ChangeRequest, GenerationSnapshot, Failure>('view/change');
/** The row's heat is drawn into the editor too, as long as that holds the prompt. */
export const viewRow = new RequestType<AttentionRowRequest, RowMessage, Failure>('view/row');
export const viewTriangle = new RequestType<TriangleRequest, SliceMessage, Failure>('view/triangle');
export const viewNorms = new RequestType<CacheNormsRequest, NormsMessage, Failure>('view/norms');
export const viewEffect = new RequestType<{ readonly generation: GenerationId }, PolicyEffect, Failure>('view/effect');
/** Starts from a text that the user typed. */
export const viewStart = new NotificationType<{ readonly text: string }>('view/start');
export const viewAction = new NotificationType<{ readonly action: GenerationAction }>('view/action');

/** Host to view. */
export const viewSnapshot = new NotificationType<GenerationSnapshot>('view/snapshot');
