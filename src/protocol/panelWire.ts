import { NotificationType, RequestType, RequestType0 } from 'vscode-jsonrpc';
import type { ExportFormat, PictureFormat } from './exportFormat.ts';
import type { Failure } from './failure.ts';
import type { Answer, InspectRequest } from './inspection.ts';
import type { ExplainStage } from './modelWire.ts';
import type { Packed } from './packed.ts';
import type {
  Direction,
  HeadSelection,
  OverviewRequest,
  Peaks,
  PeaksRequest,
  Preview,
  Quantity,
  RunId,
  RunSummary,
} from './run.ts';
import type { SliceMessage, ViewSliceRequest } from './viewSlice.ts';

/** Messages between the extension host and the Attention panel. */

/** What the panel looks at; owned by the host, so that editor and panel agree. */
export interface Focus {
  readonly heads: HeadSelection;
  readonly quantity: Quantity;
  readonly direction: Direction;
  /** Pinned token. */
  readonly token?: number | undefined;
  /** Pinned partner of that token: with it, a cell is pinned. */
  readonly partner?: number | undefined;
}

/** Where the explained text comes from. */
export interface Source {
  /** Short name for titles, e.g. `parser.ts 12–19`. */
  readonly label: string;
  readonly fileName: string;
  /** 1-based number of the line in which the text begins. */
  readonly firstLine: number;
  readonly languageId: string;
  /** Said when the range is not what the user selected, e.g. «nothing was selected: the line is used». */
  readonly note: string | undefined;
  /** Whether the user may rather want the whole file. */
  readonly offersFile: boolean;
  /**
   * What stands before the selection in its document. `nothing`: there is no text. `leftOut`: the selection is explained by
   * itself. `included`: as much as fits is explained with it. `noRoom`: none of it fits.
   */
  readonly preceding: 'nothing' | 'leftOut' | 'included' | 'noRoom';
}

/** One thing that is worth seeing in an example, as it was found in this run. */
export interface GuideLine {
  readonly text: string;
  /** Shows it; `undefined`: there is nothing to turn to. */
  readonly focus: Focus | undefined;
}

/** What the view keeps in its own state and hands back after a reload. It says nothing of the text. */
export interface RestorePoint {
  readonly uri: string;
  /** [start, end) in the document, in UTF-16 units with the document's own line ends. */
  readonly start: number;
  readonly end: number;
  /** Where the text begins that is explained with it; absent: it is explained by itself. */
  readonly from?: number | undefined;
  readonly focus: Focus;
}

/** How far the passes over a text are. */
export interface RunProgress {
  /** Tokens that went through. */
  readonly done: number;
  readonly total: number;
  /** Estimated milliseconds until the last pass is done; `undefined` while too little is known. */
  readonly left?: number | undefined;
  /** The newest picture of what is done; numbers as bytes of a Float32Array [rows, side]. */
  readonly preview: (Omit<Preview, 'data'> & { readonly data: ArrayBuffer }) | undefined;
}

/** Why a text that could be run is not: the user cancelled, or a reload of the window ended what was shown. */
export type StopReason = 'cancelled' | 'reloaded';

/** A text that is run when the user says so. */
export interface Stopped {
  readonly kind: 'stopped';
  readonly reason: StopReason;
  /** UTF-16 units of the text. */
  readonly length: number;
  /** How the text begins. */
  readonly beginning: string;
}

/** The whole state of the panel; each snapshot replaces the one before. */
export type PanelSnapshot =
  | { readonly kind: 'empty' }
  | {
      readonly kind: 'running';
      readonly source: Source;
      readonly stage: ExplainStage;
      /** In the stage `running`. */
      readonly progress?: RunProgress | undefined;
      readonly restore: RestorePoint;
    }
  | (Stopped & { readonly source: Source; readonly restore: RestorePoint })
  | {
      readonly kind: 'failed';
      readonly source: Source;
      readonly failure: Failure;
      /** Whether the result before can be shown again. */
      readonly hasEarlier: boolean;
      readonly restore: RestorePoint;
    }
  | {
      readonly kind: 'ready';
      readonly source: Source;
      readonly summary: RunSummary;
      readonly focus: Focus;
      /** The document no longer holds the explained text. */
      readonly stale: boolean;
      readonly restore: RestorePoint;
      /** What to look at, for an example. */
      readonly guide: readonly GuideLine[];
    };

/** Numbers as bytes of a Float32Array. */
export interface OverviewMessage {
  readonly side: number;
  readonly data: ArrayBuffer;
}

/** View to host. */
export const panelReady = new RequestType0<PanelSnapshot, Failure>('panel/ready');
export const panelSlice = new RequestType<ViewSliceRequest, SliceMessage, Failure>('panel/slice');
export const panelOverview = new RequestType<OverviewRequest, OverviewMessage, Failure>('panel/overview');
export const panelPeaks = new RequestType<PeaksRequest, Peaks, Failure>('panel/peaks');
export const panelInspect = new RequestType<InspectRequest, Packed<Answer>, Failure>('panel/inspect');
export const panelFocus = new NotificationType<Focus>('panel/focus');
/** The token under the pointer, to be lit in the editor. */
export const panelHover = new NotificationType<{ readonly token?: number | undefined }>('panel/hover');
/** Show the token in the editor. */
export const panelReveal = new NotificationType<{ readonly token: number }>('panel/reveal');
/** Take what is shown away, in a file or on the clipboard. */
export const panelExport = new NotificationType<{ readonly format: ExportFormat }>('panel/export');
export const panelAction = new NotificationType<{ readonly action: PanelAction }>('panel/action');

export type PanelAction =
  | 'rerun'
  | 'cancel'
  | 'showEarlier'
  | 'showLog'
  | 'openSettings'
  | 'openExample'
  | 'explainFile'
  | 'specialTokensAsText'
  | 'specialTokensAsSpecial'
  | 'includePreceding'
  | 'leaveOutPreceding';

/** Asks the view to draw what it shows of a run. */
export interface PictureRequest {
  readonly run: RunId;
  readonly format: PictureFormat;
}

export type Picture =
  { readonly kind: 'svg'; readonly text: string } | { readonly kind: 'png'; readonly data: ArrayBuffer };

/** Host to view. */
export const panelPicture = new RequestType<PictureRequest, Picture, Failure>('panel/picture');
export const panelSnapshot = new NotificationType<PanelSnapshot>('panel/snapshot');
/** The token under the caret or the pointer in the editor, to be lit in the view. */
export const panelHighlight = new NotificationType<{ readonly token?: number | undefined }>('panel/highlight');
