import { ProgressType, RequestType } from 'vscode-jsonrpc';
import type { Failure } from './failure.ts';
import type { Answer, InspectRequest } from './inspection.ts';
import type {
  Overview,
  OverviewRequest,
  PartnersRequest,
  Peaks,
  PeaksRequest,
  FloatPrecision,
  Preview,
  RunId,
  RunSummary,
  Slice,
  SliceRequest,
  SpecialTokens,
  TokenPartners,
} from './run.ts';

/** Requests from the extension host to the model process. */

/** What of a text precedes the selection that is to be explained. */
export interface Preceding {
  /** UTF-16 units before the selection. */
  readonly length: number;
  /** Offsets, ascending, where it may best begin: whole blocks. */
  readonly starts: readonly number[];
}

export interface ExplainRequest {
  /** Absolute path of the model's folder. */
  readonly modelFolder: string;
  readonly text: string;
  /** What of the text is there to be read before the selection, as far as it fits; by default all of it is selected. */
  readonly preceding?: Preceding | undefined;
  /** Most bytes that the run's tensors may take. */
  readonly memoryBudget: number;
  /** Of the queries and keys that are kept of a long text; `single` by default. */
  readonly precision?: FloatPrecision;
  /** `text` by default. */
  readonly specialTokens?: SpecialTokens;
  /** Open runs that are given up where the text does not fit beside them. */
  readonly spare?: readonly RunId[];
  /** Name under which progress of this request is sent. */
  readonly progress: string;
}

/** The stages of an explain request, in order. */
export type ExplainStage = 'tapping' | 'loading' | 'tokenizing' | 'running' | 'checking';

/** How far the passes over a text are, told while they run. */
export interface PassProgress {
  /** Tokens that went through. */
  readonly done: number;
  readonly total: number;
  /** Estimated milliseconds until the last pass is done; `undefined` while too little is known. */
  readonly left: number | undefined;
  /** Not told with every step. */
  readonly preview: Preview | undefined;
}

export interface ExplainProgress {
  readonly stage: ExplainStage;
  /** In the stage `running` only: before the first pass, and after each. */
  readonly passes?: PassProgress | undefined;
}

export const explainProgress = new ProgressType<ExplainProgress>();
export const explainRequest = new RequestType<ExplainRequest, RunSummary, Failure>('run/explain');
export const sliceRequest = new RequestType<SliceRequest, Slice, Failure>('run/slice');
export const overviewRequest = new RequestType<OverviewRequest, Overview, Failure>('run/overview');
export const peaksRequest = new RequestType<PeaksRequest, Peaks, Failure>('run/peaks');
export const partnersRequest = new RequestType<PartnersRequest, TokenPartners, Failure>('run/partners');
/** Answers with the kind that was asked for. */
export const inspectRequest = new RequestType<InspectRequest, Answer, Failure>('run/inspect');
export const releaseRequest = new RequestType<{ readonly run: RunId }, void, Failure>('run/release');
