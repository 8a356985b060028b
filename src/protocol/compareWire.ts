import { NotificationType, RequestType, RequestType0 } from 'vscode-jsonrpc';
import type { Failure } from './failure.ts';
import type { Answer, InspectRequest } from './inspection.ts';
import type { ExplainStage } from './modelWire.ts';
import type { Packed } from './packed.ts';
import type { PanelAction, Source, Stopped } from './panelWire.ts';
import type { Peaks, PeaksRequest, RunId, RunSummary, TokenRange } from './run.ts';
import type { SliceMessage, ViewSliceRequest } from './viewSlice.ts';

/** Messages between the extension host and the view «Compare Contexts». */

export type Pair<T> = readonly [first: T, second: T];

/** A word in a text: [start, end) in UTF-16 units. */
export type WordRange = TokenRange;

/** What the view keeps of one text and hands back after a reload. It says nothing of the text. */
export interface ContextPlace {
  readonly uri: string;
  /** [start, end) in the document, in UTF-16 units with the document's own line ends. */
  readonly start: number;
  readonly end: number;
  /** The word that the user pointed out, in the text from `start` on. */
  readonly word?: WordRange | undefined;
}

/** One of the two texts. */
export type ContextState = { readonly source: Source; readonly place: ContextPlace } & (
  | { readonly kind: 'running'; readonly stage: ExplainStage }
  | Stopped
  | { readonly kind: 'failed'; readonly failure: Failure; readonly hasEarlier: boolean }
  | {
      readonly kind: 'ready';
      readonly summary: RunSummary;
      /** The document no longer holds the text. */
      readonly stale: boolean;
    }
);

/** The whole state of the view; each snapshot replaces the one before. */
export type CompareSnapshot =
  { readonly kind: 'empty' } | { readonly kind: 'open'; readonly contexts: Pair<ContextState> };

export interface RevealRequest {
  readonly run: RunId;
  readonly token: number;
}

/** View to host. A run is one of the two that the snapshot shows. */
export const compareReady = new RequestType0<CompareSnapshot, Failure>('compare/ready');
export const compareSlice = new RequestType<ViewSliceRequest, SliceMessage, Failure>('compare/slice');
export const comparePeaks = new RequestType<PeaksRequest, Peaks, Failure>('compare/peaks');
export const compareInspect = new RequestType<InspectRequest, Packed<Answer>, Failure>('compare/inspect');
/** Show the token in the editor. */
export const compareReveal = new NotificationType<RevealRequest>('compare/reveal');
export const compareAction = new NotificationType<{ readonly action: PanelAction }>('compare/action');

/** Host to view. */
export const compareSnapshot = new NotificationType<CompareSnapshot>('compare/snapshot');
