import type { CancellationToken, MessageConnection } from 'vscode-jsonrpc/browser';
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
import { floats } from '../../shared/loaded.ts';

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
