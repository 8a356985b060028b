import * as vscode from 'vscode';
import { DisposableStore } from '../lifecycle.ts';
import { revealTokenSchema } from '../protocol/compareSchemas.ts';
import {
  compareAction,
  compareInspect,
  comparePeaks,
  compareReady,
  compareReveal,
  compareSlice,
  compareSnapshot,
  type CompareSnapshot,
  type RevealRequest,
} from '../protocol/compareWire.ts';
import type { Answer, InspectRequest } from '../protocol/inspection.ts';
import { inspectSchema } from '../protocol/inspectionSchemas.ts';
import { packed } from '../protocol/packed.ts';
import { actionSchema, peaksSchema, sliceSchema } from '../protocol/panelSchemas.ts';
import type { PanelAction } from '../protocol/panelWire.ts';
import type { Peaks, PeaksRequest, Slice, SliceRequest } from '../protocol/run.ts';
import { packSlice } from '../protocol/viewSlice.ts';
import { COMPARE_TYPE } from './names.ts';
import { pageHtml, pageOptions } from './pageHtml.ts';
import { revealPanel } from './revealPanel.ts';
import { type PageContract, WebviewChannel } from './webviewChannel.ts';

/** What the view asks of the host. Messages have the right shape; whether they fit the runs is checked here. */
export interface CompareDelegate {
  snapshot(): CompareSnapshot;
  slice(request: SliceRequest, token: vscode.CancellationToken): Promise<Slice>;
  peaks(request: PeaksRequest, token: vscode.CancellationToken): Promise<Peaks>;
  inspect(request: InspectRequest, token: vscode.CancellationToken): Promise<Answer>;
  reveal(request: RevealRequest): void;
  act(action: PanelAction): void;
}

/** The view «Compare Contexts», an editor panel: the page and the connection to it. */
export class ComparePanel implements vscode.Disposable {
  private readonly store = new DisposableStore();
  private readonly channel: WebviewChannel<CompareSnapshot>;

  /** Takes over a panel, new or restored. Closing it calls `onClosed`. */
  constructor(
    private readonly panel: vscode.WebviewPanel,
    extensionUri: vscode.Uri,
    delegate: CompareDelegate,
    log: vscode.LogOutputChannel,
    onClosed: () => void,
  ) {
    this.store.add(panel.onDidDispose(onClosed));
    this.channel = this.store.add(
      new WebviewChannel(
        panel.webview,
        compareReady,
        () => delegate.snapshot(),
        (page) => serve(page, delegate),
        log,
      ),
    );
    panel.iconPath = {
      light: vscode.Uri.joinPath(extensionUri, 'media', 'attention-light.svg'),
      dark: vscode.Uri.joinPath(extensionUri, 'media', 'attention-dark.svg'),
    };
    panel.webview.options = pageOptions(extensionUri);
    panel.webview.html = pageHtml(panel.webview, extensionUri, 'compare', vscode.l10n.t('Compare Contexts'));
  }

  static create(): vscode.WebviewPanel {
    return vscode.window.createWebviewPanel(COMPARE_TYPE, vscode.l10n.t('Compare Contexts'), {
      viewColumn: vscode.ViewColumn.Beside,
      preserveFocus: true,
    });
  }

  /** Sends the whole state. A view that is not ready yet asks for it by itself. */
  update(snapshot: CompareSnapshot): void {
    if (snapshot.kind === 'open') {
      const [first, second] = snapshot.contexts;
      this.panel.title = vscode.l10n.t('Compare: {0} ↔ {1}', first.source.label, second.source.label);
    }
    this.channel.notify(compareSnapshot, snapshot);
  }

  /** @param uri of the document whose text it is not to cover */
  reveal(uri: string): void {
    revealPanel(this.panel, true, uri);
  }

  /** Lets go of the panel without closing it: a window that is reloaded restores it. */
  dispose(): void {
    this.store.dispose();
  }
}

function serve(page: PageContract, delegate: CompareDelegate): void {
  page.answer(
    compareSlice,
    sliceSchema,
    async ({ precision, ...request }, token) => packSlice(await delegate.slice(request, token), precision),
    (message) => message,
  );
  page.answer(
    comparePeaks,
    peaksSchema,
    (request, token) => delegate.peaks(request, token),
    (peaks) => peaks,
  );
  page.answer(compareInspect, inspectSchema, (request, token) => delegate.inspect(request, token), packed);
  page.hear(compareReveal, revealTokenSchema, (request) => delegate.reveal(request));
  page.hear(compareAction, actionSchema, ({ action }) => delegate.act(action));
}
