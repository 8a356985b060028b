import { createMessageConnection, ErrorCodes, type MessageConnection, ResponseError } from 'vscode-jsonrpc/node';
import * as vscode from 'vscode';
import type { ZodMiniType } from 'zod/mini';
import { DisposableStore } from '../lifecycle.ts';
import { toFailure } from '../log.ts';
import type { Failure } from '../protocol/failure.ts';
import {
  actionSchema,
  focusSchema,
  hoverSchema,
  overviewSchema,
  revealSchema,
  sliceSchema,
} from '../protocol/panelSchemas.ts';
import {
  type Focus,
  type PanelAction,
  panelAction,
  panelFocus,
  panelHighlight,
  panelHover,
  panelOverview,
  panelReady,
  panelReveal,
  panelSlice,
  panelSnapshot,
  type PanelSnapshot,
} from '../protocol/panelWire.ts';
import type { Overview, OverviewRequest, Slice, SliceRequest } from '../protocol/run.ts';
import { panelHtml, panelResources } from './panelHtml.ts';
import { WebviewReader, WebviewWriter } from './webviewTransport.ts';

/** Type of the panel, and of its serializer. */
export const PANEL_TYPE = 'explainAttention.panel';

/** What the panel's view asks of the host. Messages have the right shape; whether they fit the run is checked here. */
export interface PanelDelegate {
  snapshot(): PanelSnapshot;
  slice(request: SliceRequest, token: vscode.CancellationToken): Promise<Slice>;
  overview(request: OverviewRequest, token: vscode.CancellationToken): Promise<Overview>;
  focus(focus: Focus): void;
  hover(token: number | undefined): void;
  reveal(token: number): void;
  act(action: PanelAction): void;
}

/** The Attention panel: the page and the connection to it. */
export class AttentionPanel implements vscode.Disposable {
  private readonly store = new DisposableStore();
  private reader = new WebviewReader();
  private connection: MessageConnection | undefined;

  /** Takes over a panel, new or restored. Closing it calls `onClosed`. */
  constructor(
    private readonly panel: vscode.WebviewPanel,
    extensionUri: vscode.Uri,
    private readonly delegate: PanelDelegate,
    private readonly log: vscode.LogOutputChannel,
    onClosed: () => void,
  ) {
    this.store.add(panel.onDidDispose(onClosed));
    this.store.add(panel.webview.onDidReceiveMessage((message: unknown) => this.receive(message)));
    this.store.add({ dispose: () => this.connection?.dispose() });
    panel.iconPath = {
      light: vscode.Uri.joinPath(extensionUri, 'media', 'attention-light.svg'),
      dark: vscode.Uri.joinPath(extensionUri, 'media', 'attention-dark.svg'),
    };
    panel.webview.options = panelOptions(extensionUri);
    panel.webview.html = panelHtml(panel.webview, extensionUri);
  }

  static create(): vscode.WebviewPanel {
    return vscode.window.createWebviewPanel(PANEL_TYPE, vscode.l10n.t('Attention'), {
      viewColumn: vscode.ViewColumn.Beside,
      preserveFocus: true,
    });
  }

  /** Sends the whole state. A view that is not ready yet asks for it by itself. */
  update(snapshot: PanelSnapshot): void {
    this.panel.title =
      snapshot.kind === 'empty' ? vscode.l10n.t('Attention') : vscode.l10n.t('Attention: {0}', snapshot.source.label);
    void this.connection?.sendNotification(panelSnapshot, snapshot);
  }

  highlight(token: number | undefined): void {
    void this.connection?.sendNotification(panelHighlight, { token });
  }

  reveal(preserveFocus: boolean): void {
    this.panel.reveal(undefined, preserveFocus);
  }

  /** Lets go of the panel without closing it: a window that is reloaded restores it. */
  dispose(): void {
    this.store.dispose();
  }

  /**
   * A page that was hidden or moved to another window is loaded anew and counts its requests from 0 again. Each page
   * gets a connection of its own, so that no answer to an earlier page reaches it.
   */
  private receive(message: unknown): void {
    if (isReady(message)) this.connect();
    this.reader.accept(message);
  }

  private connect(): void {
    this.connection?.dispose();
    this.reader = new WebviewReader();
    const connection = createMessageConnection(this.reader, new WebviewWriter(this.panel.webview), {
      error: (text) => this.log.error(text),
      warn: (text) => this.log.warn(text),
      info: (text) => this.log.info(text),
      log: (text) => this.log.debug(text),
    });
    this.connection = connection;
    connection.onRequest(panelReady, () => this.delegate.snapshot());
    connection.onRequest(panelSlice, (params, token) =>
      this.answer(sliceSchema, params, async (request) => {
        const { rows, columns, data } = await this.delegate.slice(request, token);
        return { rows, columns, data: exactBuffer(data) };
      }),
    );
    connection.onRequest(panelOverview, (params, token) =>
      this.answer(overviewSchema, params, async (request) => {
        const { side, data } = await this.delegate.overview(request, token);
        return { side, data: exactBuffer(data) };
      }),
    );
    connection.onNotification(panelFocus, (params) =>
      this.hear(focusSchema, params, (focus) => this.delegate.focus(focus)),
    );
    connection.onNotification(panelHover, (params) =>
      this.hear(hoverSchema, params, ({ token }) => this.delegate.hover(token)),
    );
    connection.onNotification(panelReveal, (params) =>
      this.hear(revealSchema, params, ({ token }) => this.delegate.reveal(token)),
    );
    connection.onNotification(panelAction, (params) =>
      this.hear(actionSchema, params, ({ action }) => this.delegate.act(action)),
    );
    connection.listen();
  }

  private async answer<P, R>(
    schema: ZodMiniType<P>,
    params: unknown,
    work: (request: P) => Promise<R>,
  ): Promise<R | ResponseError<Failure>> {
    try {
      return await work(schema.parse(params));
    } catch (error) {
      const failure = toFailure(error);
      return new ResponseError(ErrorCodes.InternalError, failure.message, failure);
    }
  }

  private hear<P>(schema: ZodMiniType<P>, params: unknown, act: (message: P) => void): void {
    const parsed = schema.safeParse(params);
    if (parsed.success) act(parsed.data);
    else this.log.warn('The panel sent an invalid message:', parsed.error.message);
  }
}

function panelOptions(extensionUri: vscode.Uri): vscode.WebviewOptions {
  return { enableScripts: true, localResourceRoots: [panelResources(extensionUri)] };
}

function isReady(message: unknown): boolean {
  return typeof message === 'object' && message !== null && 'method' in message && message.method === panelReady.method;
}

/** The bytes of these numbers alone: the array may be a view of a larger buffer. */
function exactBuffer({ buffer, byteOffset, byteLength }: Float32Array): ArrayBuffer {
  return buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;
}
