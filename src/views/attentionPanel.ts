import * as vscode from 'vscode';
import { DisposableStore } from '../lifecycle.ts';
import type { Answer, InspectRequest } from '../protocol/inspection.ts';
import type { ExportFormat } from '../protocol/exportFormat.ts';
import {
  actionSchema,
  exportSchema,
  focusSchema,
  hoverSchema,
  overviewSchema,
  peaksSchema,
  pictureSchema,
  revealSchema,
  sliceSchema,
} from '../protocol/panelSchemas.ts';
import {
  type Focus,
  type PanelAction,
  panelAction,
  panelExport,
  panelFocus,
  panelHighlight,
  panelHover,
  panelInspect,
  panelOverview,
  panelPeaks,
  panelPicture,
  panelReady,
  panelReveal,
  panelSlice,
  panelSnapshot,
  type PanelSnapshot,
  type Picture,
  type PictureRequest,
} from '../protocol/panelWire.ts';
import { inspectSchema } from '../protocol/inspectionSchemas.ts';
import { exactBuffer, packed } from '../protocol/packed.ts';
import { packSlice } from '../protocol/viewSlice.ts';
import type { Overview, OverviewRequest, Peaks, PeaksRequest, Slice, SliceRequest } from '../protocol/run.ts';
import { PANEL_TYPE } from './names.ts';
import { pageHtml, pageOptions } from './pageHtml.ts';
import { revealPanel } from './revealPanel.ts';
import { type PageContract, WebviewChannel } from './webviewChannel.ts';

/** What the panel's view asks of the host. Messages have the right shape; whether they fit the run is checked here. */
export interface PanelDelegate {
  snapshot(): PanelSnapshot;
  slice(request: SliceRequest, token: vscode.CancellationToken): Promise<Slice>;
  overview(request: OverviewRequest, token: vscode.CancellationToken): Promise<Overview>;
  peaks(request: PeaksRequest, token: vscode.CancellationToken): Promise<Peaks>;
  inspect(request: InspectRequest, token: vscode.CancellationToken): Promise<Answer>;
  focus(focus: Focus): void;
  hover(token: number | undefined): void;
  reveal(token: number): void;
  act(action: PanelAction): void;
  export(format: ExportFormat): void;
}

/** The Attention panel: the page and the connection to it. */
export class AttentionPanel implements vscode.Disposable {
  private readonly store = new DisposableStore();
  private readonly channel: WebviewChannel<PanelSnapshot>;

  /** Takes over a panel, new or restored. Closing it calls `onClosed`. */
  constructor(
    private readonly panel: vscode.WebviewPanel,
    extensionUri: vscode.Uri,
    delegate: PanelDelegate,
    log: vscode.LogOutputChannel,
    onClosed: () => void,
  ) {
    this.store.add(panel.onDidDispose(onClosed));
    this.channel = this.store.add(
      new WebviewChannel(
        panel.webview,
        panelReady,
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
    panel.webview.html = pageHtml(panel.webview, extensionUri, 'panel', vscode.l10n.t('Attention'));
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
    this.channel.notify(panelSnapshot, snapshot);
  }

  highlight(token: number | undefined): void {
    this.channel.notify(panelHighlight, { token });
  }

  /** @param uri of the document whose text it is not to cover */
  reveal(preserveFocus: boolean, uri?: string): void {
    revealPanel(this.panel, preserveFocus, uri);
  }

  /** What the page draws of a run. A hidden page is shown: there is none while it is hidden. */
  async picture(request: PictureRequest, token: vscode.CancellationToken): Promise<Picture> {
    const page = this.panel.visible ? 'present' : 'next';
    this.reveal(true);
    return this.channel.ask(panelPicture, request, pictureSchema, page, token);
  }

  /** Lets go of the panel without closing it: a window that is reloaded restores it. */
  dispose(): void {
    this.store.dispose();
  }
}

function serve(page: PageContract, delegate: PanelDelegate): void {
  page.answer(
    panelSlice,
    sliceSchema,
    async ({ precision, ...request }, token) => packSlice(await delegate.slice(request, token), precision),
    (message) => message,
  );
  page.answer(
    panelOverview,
    overviewSchema,
    (request, token) => delegate.overview(request, token),
    ({ side, data }) => ({ side, data: exactBuffer(data) }),
  );
  page.answer(
    panelPeaks,
    peaksSchema,
    (request, token) => delegate.peaks(request, token),
    (peaks) => peaks,
  );
  page.answer(panelInspect, inspectSchema, (request, token) => delegate.inspect(request, token), packed);
  page.hear(panelFocus, focusSchema, (focus) => delegate.focus(focus));
  page.hear(panelHover, hoverSchema, ({ token }) => delegate.hover(token));
  page.hear(panelReveal, revealSchema, ({ token }) => delegate.reveal(token));
  page.hear(panelExport, exportSchema, ({ format }) => delegate.export(format));
  page.hear(panelAction, actionSchema, ({ action }) => delegate.act(action));
}
