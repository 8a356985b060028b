import { ResponseError, type CancellationToken, type MessageConnection } from 'vscode-jsonrpc/browser';
import * as l10n from '@vscode/l10n';
import type { Failure } from '../../../src/protocol/failure.ts';
import {
  panelAction,
  panelFocus,
  panelHover,
  panelOverview,
  panelReveal,
  panelSlice,
  type Focus,
  type PanelAction,
} from '../../../src/protocol/panelWire.ts';
import type { Overview, OverviewRequest, Slice, SliceRequest } from '../../../src/protocol/run.ts';

/** A value that is asked for: under way, there, or not to be had. */
export type Loaded<T> =
  | { readonly kind: 'loading' }
  | { readonly kind: 'ready'; readonly value: T }
  | { readonly kind: 'failed'; readonly failure: Failure };

export const LOADING = { kind: 'loading' } as const;

/** Applies a function to a value once it is there. */
export function mapLoaded<T, U>(loaded: Loaded<T>, change: (value: T) => U): Loaded<U> {
  return loaded.kind === 'ready' ? { kind: 'ready', value: change(loaded.value) } : loaded;
}

/** What the panel asks of the extension host. */
export interface PanelHost {
  slice(request: SliceRequest, token: CancellationToken): Promise<Slice>;
  overview(request: OverviewRequest, token: CancellationToken): Promise<Overview>;
  focus(focus: Focus): void;
  hover(token: number | undefined): void;
  reveal(token: number): void;
  act(action: PanelAction): void;
}

export function panelHost(connection: MessageConnection): PanelHost {
  const notify = (sent: Promise<void>): void => {
    // A connection closes with its page; there is nobody left to tell.
    sent.catch(() => undefined);
  };
  return {
    async slice(request, token) {
      const { rows, columns, data } = await connection.sendRequest(panelSlice, request, token);
      return { rows, columns, data: floats(data, rows * columns) };
    },
    async overview(request, token) {
      const { side, data } = await connection.sendRequest(panelOverview, request, token);
      return { side, data: floats(data, undefined) };
    },
    focus: (focus) => notify(connection.sendNotification(panelFocus, focus)),
    hover: (token) => notify(connection.sendNotification(panelHover, { token })),
    reveal: (token) => notify(connection.sendNotification(panelReveal, { token })),
    act: (action) => notify(connection.sendNotification(panelAction, { action })),
  };
}

/** The failure that crossed the wire with an error, or the error itself in words. */
export function failureOf(error: unknown): Failure {
  if (error instanceof ResponseError && isFailure(error.data)) return error.data;
  return {
    code: 'internal',
    message: error instanceof Error ? error.message : String(error),
    advice: l10n.t('Run the explanation again; the log says more.'),
  };
}

function floats(data: ArrayBuffer, length: number | undefined): Float32Array {
  const values = new Float32Array(data);
  if (length !== undefined && values.length !== length) {
    throw new Error(l10n.t('The answer holds {0} numbers instead of {1}.', values.length, length));
  }
  return values;
}

function isFailure(data: unknown): data is Failure {
  return typeof data === 'object' && data !== null && 'message' in data && 'advice' in data && 'code' in data;
}
