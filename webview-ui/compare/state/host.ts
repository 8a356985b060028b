import type { CancellationToken, MessageConnection } from 'vscode-jsonrpc/browser';
import {
  compareAction,
  compareInspect,
  comparePeaks,
  compareReveal,
  compareSlice,
  type RevealRequest,
} from '../../../src/protocol/compareWire.ts';
import type { Answer, Question } from '../../../src/protocol/inspection.ts';
import type { PanelAction } from '../../../src/protocol/panelWire.ts';
import type { RunId } from '../../../src/protocol/run.ts';
import { unpackSlice } from '../../../src/protocol/viewSlice.ts';
import { askInspection } from '../../shared/askInspection.ts';
import type { SliceSource } from '../../shared/matrix/sliceCache.ts';

/** What the view asks of the extension host. */
export interface CompareHost extends SliceSource {
  /** @throws an error with the host's failure */
  inspect<Q extends Question>(run: RunId, question: Q, token: CancellationToken): Promise<Answer<Q['kind']>>;
  reveal(request: RevealRequest): void;
  act(action: PanelAction): void;
}

export function compareHost(connection: MessageConnection): CompareHost {
  const notify = (sent: Promise<void>): void => {
    // A connection closes with its page; there is nobody left to tell.
    sent.catch(() => undefined);
  };
  return {
    async slice(request, token) {
      return unpackSlice(await connection.sendRequest(compareSlice, request, token), request.precision);
    },
    peaks: (request, token) => connection.sendRequest(comparePeaks, request, token),
    inspect: (run, question, token) => askInspection(connection, compareInspect, run, question, token),
    reveal: (request) => notify(connection.sendNotification(compareReveal, request)),
    act: (action) => notify(connection.sendNotification(compareAction, { action })),
  };
}
