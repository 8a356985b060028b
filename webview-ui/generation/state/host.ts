import type { CancellationToken, MessageConnection } from 'vscode-jsonrpc/browser';
import type {
  AttentionRow,
  AttentionRowRequest,
  CacheNorms,
  CacheNormsRequest,
  GenerationId,
  PolicyEffect,
  TriangleRequest,
} from '../../../src/protocol/generation.ts';
import {
  type ChangeRequest,
  type GenerationAction,
  type GenerationSnapshot,
  viewAction,
  viewChange,
  viewEffect,
  viewNorms,
  viewRow,
  viewStart,
  viewTriangle,
} from '../../../src/protocol/generationViewWire.ts';
import type { Slice } from '../../../src/protocol/run.ts';
import { floats } from '../../shared/loaded.ts';

/** What the view asks of the extension host. */
export interface GenerationHost {
  change(request: ChangeRequest, token: CancellationToken): Promise<GenerationSnapshot>;
  row(request: AttentionRowRequest, token: CancellationToken): Promise<AttentionRow>;
  triangle(request: TriangleRequest, token: CancellationToken): Promise<Slice>;
  norms(request: CacheNormsRequest, token: CancellationToken): Promise<CacheNorms>;
  effect(generation: GenerationId, token: CancellationToken): Promise<PolicyEffect>;
  start(text: string): void;
  act(action: GenerationAction): void;
}

export function generationHost(connection: MessageConnection): GenerationHost {
  const notify = (sent: Promise<void>): void => {
    // A connection closes with its page; there is nobody left to tell.
    sent.catch(() => undefined);
  };
  return {
    change: (request, token) => connection.sendRequest(viewChange, request, token),
    async row(request, token) {
      const { weights, ...row } = await connection.sendRequest(viewRow, request, token);
      return { ...row, weights: floats(weights, row.keys.length) };
    },
    async triangle(request, token) {
      const { data, ...slice } = await connection.sendRequest(viewTriangle, request, token);
      return { ...slice, data: floats(data, slice.rows * slice.columns) };
    },
    async norms(request, token) {
      const { positions, keys, values } = await connection.sendRequest(viewNorms, request, token);
      return { positions, keys: floats(keys, undefined), values: floats(values, undefined) };
    },
    effect: (generation, token) => connection.sendRequest(viewEffect, { generation }, token),
    start: (text) => notify(connection.sendNotification(viewStart, { text })),
    act: (action) => notify(connection.sendNotification(viewAction, { action })),
  };
}
