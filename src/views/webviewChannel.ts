import {
  createMessageConnection,
  ErrorCodes,
  type MessageConnection,
  type NotificationType,
  type RequestType,
  type RequestType0,
  ResponseError,
} from 'vscode-jsonrpc/node';
import * as vscode from 'vscode';
import type { ZodMiniType } from 'zod/mini';
import { DisposableStore } from '../lifecycle.ts';
import { toFailure } from '../log.ts';
import { ExplainError, type Failure } from '../protocol/failure.ts';
import { WebviewReader, WebviewWriter } from './webviewTransport.ts';

/** What a page of a webview may ask and tell; every message is validated before anything acts on it. */
export interface PageContract {
  answer<P, R, W>(
    type: RequestType<P, W, Failure>,
    schema: ZodMiniType<P>,
    work: (request: P, token: vscode.CancellationToken) => Promise<R>,
    pack: (result: R) => W,
  ): void;
  hear<P>(type: NotificationType<P>, schema: ZodMiniType<P>, act: (message: P) => void): void;
}

/**
 * The connection to a webview. A page that was hidden or moved to another window is loaded anew and counts its requests
 * from 0 again; so each page gets a connection of its own, and no answer to an earlier page reaches it.
 */
export class WebviewChannel<S> implements vscode.Disposable {
  private readonly store = new DisposableStore();
  private reader = new WebviewReader();
  private connection: MessageConnection | undefined;
  private readonly waiting = new Set<{
    readonly resolve: (connection: MessageConnection) => void;
    readonly reject: (reason: unknown) => void;
  }>();

  /**
   * @param ready what a new page asks first; answered with `snapshot`
   * @param contract registers what else is answered and heard
   */
  constructor(
    private readonly webview: vscode.Webview,
    private readonly ready: RequestType0<S, Failure>,
    private readonly snapshot: () => S,
    private readonly contract: (page: PageContract) => void,
    private readonly log: vscode.LogOutputChannel,
  ) {
    this.store.add(webview.onDidReceiveMessage((message: unknown) => this.receive(message)));
    this.store.add({ dispose: () => this.connection?.dispose() });
    this.store.add({ dispose: () => this.waiting.forEach(({ reject }) => reject(closed())) });
  }

  /** Tells the page; one that is not ready yet asks for its state by itself. */
  notify<P>(type: NotificationType<P>, message: P): void {
    void this.connection?.sendNotification(type, message);
  }

  /**
   * Asks the page, whose answers are as untrusted as its questions.
   *
   * @param page `next`: the one that is about to be loaded in place of the present one
   */
  async ask<P, R>(
    type: RequestType<P, R, Failure>,
    request: P,
    schema: ZodMiniType<R>,
    page: 'present' | 'next',
    token: vscode.CancellationToken,
  ): Promise<R> {
    let connection = page === 'present' && this.connection ? this.connection : await this.nextPage(token);
    for (;;) {
      try {
        return schema.parse(await connection.sendRequest(type, request, token));
      } catch (error) {
        if (token.isCancellationRequested) throw new vscode.CancellationError();
        if (this.store.isDisposed) throw closed();
        if (this.connection === undefined || this.connection === connection) throw error;
        // A page that was hidden was loaded again meanwhile: it is asked instead.
        connection = this.connection;
      }
    }
  }

  dispose(): void {
    this.store.dispose();
  }

  private nextPage(token: vscode.CancellationToken): Promise<MessageConnection> {
    return new Promise((resolve, reject) => {
      const waits = { resolve, reject };
      this.waiting.add(waits);
      token.onCancellationRequested(() => {
        this.waiting.delete(waits);
        reject(new vscode.CancellationError());
      });
    });
  }

  private receive(message: unknown): void {
    if (isRequest(message, this.ready.method)) this.connect();
    this.reader.accept(message);
  }

  private connect(): void {
    const { log } = this;
    this.connection?.dispose();
    this.reader = new WebviewReader();
    const connection = createMessageConnection(this.reader, new WebviewWriter(this.webview), {
      error: (text) => log.error(text),
      warn: (text) => log.warn(text),
      info: (text) => log.info(text),
      log: (text) => log.debug(text),
    });
    this.connection = connection;
    connection.onRequest(this.ready, () => this.snapshot());
    this.contract({
      answer: (type, schema, work, pack) => {
        connection.onRequest(type, async (params, token) => {
          try {
            return pack(await work(schema.parse(params), token));
          } catch (error) {
            const failure = toFailure(error);
            return new ResponseError(ErrorCodes.InternalError, failure.message, failure);
          }
        });
      },
      hear: (type, schema, act) => {
        connection.onNotification(type, (params) => {
          const parsed = schema.safeParse(params);
          if (parsed.success) act(parsed.data);
          else log.warn('A view sent an invalid message:', parsed.error.message);
        });
      },
    });
    connection.listen();
    for (const { resolve } of this.waiting) resolve(connection);
    this.waiting.clear();
  }
}

function closed(): ExplainError {
  return new ExplainError({
    code: 'notWritten',
    message: vscode.l10n.t('The panel was closed before it had answered.'),
    advice: vscode.l10n.t('Open the panel and export again.'),
  });
}

function isRequest(message: unknown, method: string): boolean {
  return typeof message === 'object' && message !== null && 'method' in message && message.method === method;
}
