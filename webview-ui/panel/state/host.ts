import type { CancellationToken, MessageConnection } from 'vscode-jsonrpc/browser';
import type { ExportFormat } from '../../../src/protocol/exportFormat.ts';
import {
  panelAction,
  panelExport,
  panelFocus,
  panelHover,
  panelInspect,
  panelOverview,
  panelPeaks,
  panelReveal,
  panelSlice,
  type Focus,
  type PanelAction,
} from '../../../src/protocol/panelWire.ts';
import type { Answer, Question } from '../../../src/protocol/inspection.ts';
import type { Overview, OverviewRequest, RunId } from '../../../src/protocol/run.ts';
import { unpackSlice } from '../../../src/protocol/viewSlice.ts';
import { askInspection } from '../../shared/askInspection.ts';
import { floats } from '../../shared/loaded.ts';
import type { SliceSource } from '../../shared/matrix/sliceCache.ts';

/** What the panel asks of the extension host. */
export interface PanelHost extends SliceSource {
  overview(request: OverviewRequest, token: CancellationToken): Promise<Overview>;
  /** @throws an error with the host's failure */
  inspect<Q extends Question>(run: RunId, question: Q, token: CancellationToken): Promise<Answer<Q['kind']>>;
  focus(focus: Focus): void;
  hover(token: number | undefined): void;
  reveal(token: number): void;
  act(action: PanelAction): void;
  export(format: ExportFormat): void;
}

export function panelHost(connection: MessageConnection): PanelHost {
  const notify = (sent: Promise<void>): void => {
    // A connection closes with its page; there is nobody left to tell.
    sent.catch(() => undefined);
  };
  return {
    async slice(request, token) {
      return unpackSlice(await connection.sendRequest(panelSlice, request, token), request.precision);
    },
    async overview(request, token) {
      const { side, data } = await connection.sendRequest(panelOverview, request, token);
      return { side, data: floats(data, undefined) };
    },
    peaks: (request, token) => connection.sendRequest(panelPeaks, request, token),
    inspect: (run, question, token) => askInspection(connection, panelInspect, run, question, token),
    focus: (focus) => notify(connection.sendNotification(panelFocus, focus)),
    hover: (token) => notify(connection.sendNotification(panelHover, { token })),
    reveal: (token) => notify(connection.sendNotification(panelReveal, { token })),
    export: (format) => notify(connection.sendNotification(panelExport, { format })),
    act: (action) => notify(connection.sendNotification(panelAction, { action })),
  };
}
