import * as vscode from 'vscode';
import * as z from 'zod/mini';
import { ContextKey } from './contextKey.ts';
import { EditorDecorations } from './editor/decorations.ts';
import { missingTarget, targetAt } from './editor/targetAt.ts';
import type { OffsetRange } from './editor/trackedText.ts';
import { exampleAt } from './examples/catalog.ts';
import { defaultFocus, type Target } from './explanation.ts';
import { Exporter, type ExporterServices } from './exporter.ts';
import { DisposableStore } from './lifecycle.ts';
import type { ModelProcess } from './modelProcess.ts';
import type { ExportFormat } from './protocol/exportFormat.ts';
import { ExplainError } from './protocol/failure.ts';
import type { Answer, InspectRequest } from './protocol/inspection.ts';
import { restoreSchema } from './protocol/panelSchemas.ts';
import type { Focus, PanelAction, PanelSnapshot, RestorePoint, StopReason } from './protocol/panelWire.ts';
import type {
  Overview,
  OverviewRequest,
  Peaks,
  PeaksRequest,
  RunId,
  Slice,
  SliceRequest,
  SpecialTokens,
} from './protocol/run.ts';
import { Session } from './session.ts';
import { asksFirst } from './unasked.ts';
import { AttentionPanel, type PanelDelegate } from './views/attentionPanel.ts';

export interface ExplainerServices extends ExporterServices {
  readonly modelProcess: ModelProcess;
}

/** What exists while the panel is open. */
interface Open {
  readonly store: DisposableStore;
  readonly panel: AttentionPanel;
  readonly decorations: EditorDecorations;
  session: Session | undefined;
  /** What was shown before, finished, until the session is: cancelling brings it back. */
  earlier: Session | undefined;
}

/** Owns the one panel and the one text that is explained in it. */
export class Explainer implements PanelDelegate, vscode.WebviewPanelSerializer, vscode.Disposable {
  private open: Open | undefined;
  private readonly exporter: Exporter;
  private readonly keys = new ExplainerKeys();

  constructor(private readonly services: ExplainerServices) {
    this.exporter = new Exporter(services);
  }

  /** Disposables held for the open panel and the explained text. */
  get size(): number {
    return this.open === undefined ? 0 : this.open.store.size + sizeOf(this.open.session) + sizeOf(this.open.earlier);
  }

  /** Explains a text in the panel in place of the one before, whose heads stay chosen. */
  async explain(target: Target): Promise<void> {
    const focus = withoutPin(this.session?.explanation.focus ?? defaultFocus);
    this.open?.panel.reveal(true, target.uri);
    await this.start(target, focus);
  }

  /** Explains the same text again, as it stands in its document now. @returns whether there was one */
  async rerun(): Promise<boolean> {
    const before = this.session;
    if (before === undefined) return false;
    const { focus, stale } = before.explanation;
    await this.explainAgain(before, stale ? withoutPin(focus) : focus);
    return true;
  }

  /** Changes the setting, and explains the same text with it: its tokens are others then. */
  async readSpecialTokens(specialTokens: SpecialTokens): Promise<void> {
    const before = this.session;
    try {
      await this.services.configuration.setSpecialTokens(specialTokens);
    } catch (error) {
      this.services.log.warn('The setting for special tokens was not written:', error);
    }
    if (before !== undefined) await this.explainAgain(before, withoutPin(before.explanation.focus));
  }

  /** Explains the same selection again, with what precedes it in its document or by itself. */
  async explainSelection({ withPreceding }: { readonly withPreceding: boolean }): Promise<void> {
    const before = this.session;
    if (before === undefined) return;
    await this.explainAgain(before, withoutPin(before.explanation.focus), { from: withPreceding ? 0 : undefined });
  }

  /** Explains all of the document of which a part is shown. */
  async explainFile(): Promise<void> {
    const before = this.session;
    if (before === undefined) return;
    const { uri, focus } = before.explanation;
    const all = { start: 0, end: Number.MAX_SAFE_INTEGER };
    await this.explainAt(uri, all, undefined, withoutPin(focus), () => this.session === before);
  }

  /** Ends a run; what was shown before comes back. @returns whether a run was under way */
  cancel(): boolean {
    const cancelled = this.session?.cancel() ?? false;
    if (cancelled) this.showEarlier();
    return cancelled;
  }

  private showEarlier(): void {
    const { open } = this;
    if (open?.earlier === undefined) return;
    open.session?.dispose();
    open.session = open.earlier;
    open.earlier = undefined;
    this.tell(open);
  }

  /** @param token `undefined` releases the pin. @returns whether the explained text has that token */
  pin(token: number | undefined): boolean {
    const session = this.session;
    if (session?.explanation.summary === undefined) return false;
    return session.setFocus({ ...session.explanation.focus, token, partner: undefined });
  }

  /** Brings the panel to the front; a token is lit in it and leaves the focus in the editor. @returns whether it is open */
  show(token: number | undefined): boolean {
    if (this.open === undefined) return false;
    this.open.panel.reveal(token !== undefined);
    if (token !== undefined) this.open.panel.highlight(token);
    return true;
  }

  /** Takes what is shown away. @returns why it can't */
  async exportAs(format: ExportFormat): Promise<string | undefined> {
    const open = this.open;
    const subject = open?.session?.subject;
    if (open === undefined || subject === undefined) {
      return vscode.l10n.t('Nothing is explained yet: select text and run Explain Attention.');
    }
    return this.exporter.export(subject, format, (request, token) => open.panel.picture(request, token));
  }

  snapshot(): PanelSnapshot {
    return this.session?.explanation.snapshot(this.open?.earlier !== undefined) ?? { kind: 'empty' };
  }

  async slice(request: SliceRequest, token: vscode.CancellationToken): Promise<Slice> {
    return this.sessionOf(request).slice(request, token);
  }

  async overview(request: OverviewRequest, token: vscode.CancellationToken): Promise<Overview> {
    return this.sessionOf(request).overview(request, token);
  }

  async peaks(request: PeaksRequest, token: vscode.CancellationToken): Promise<Peaks> {
    return this.sessionOf(request).peaks(request, token);
  }

  async inspect(request: InspectRequest, token: vscode.CancellationToken): Promise<Answer> {
    return this.sessionOf(request).inspect(request, token);
  }

  focus(focus: Focus): void {
    this.session?.setFocus(focus);
  }

  hover(token: number | undefined): void {
    this.session?.light(token);
  }

  reveal(token: number): void {
    void this.session?.reveal(token);
  }

  act(action: PanelAction): void {
    switch (action) {
      case 'rerun':
        void this.rerun();
        break;
      case 'cancel':
        this.cancel();
        break;
      case 'showEarlier':
        this.showEarlier();
        break;
      case 'showLog':
        this.services.log.show();
        break;
      case 'explainFile':
        void this.explainFile();
        break;
      case 'specialTokensAsText':
        void this.readSpecialTokens('text');
        break;
      case 'specialTokensAsSpecial':
        void this.readSpecialTokens('special');
        break;
      case 'includePreceding':
        void this.explainSelection({ withPreceding: true });
        break;
      case 'leaveOutPreceding':
        void this.explainSelection({ withPreceding: false });
        break;
      case 'openExample':
        void vscode.commands.executeCommand('explainAttention.openExample');
        break;
      case 'openSettings':
        void vscode.commands.executeCommand('workbench.action.openSettings', 'explainAttention');
        break;
    }
  }

  export(format: ExportFormat): void {
    void vscode.commands.executeCommand('explainAttention.export', format);
  }

  /** After a reload of the window: the panel comes back and its text is explained again. */
  async deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    if (this.open !== undefined) {
      panel.dispose();
      return;
    }
    const open = this.openPanel(panel);
    const saved = savedState.safeParse(state);
    if (!saved.success) return;
    const { uri, focus, ...place } = saved.data.restore;
    // The document may take its time to open, and VS Code shows the page only once this method has ended.
    const placeholder = this.begin(missingTarget(uri, place), focus);
    this.tell(open);
    const isAwaited = (): boolean => open.session === placeholder && placeholder.explanation.running;
    void this.explainAt(uri, place, undefined, focus, isAwaited, 'reloaded');
  }

  dispose(): void {
    this.open?.store.dispose();
  }

  private get session(): Session | undefined {
    return this.open?.session;
  }

  private tell({ panel }: Open): void {
    const snapshot = this.snapshot();
    panel.update(snapshot);
    this.keys.tell(snapshot);
  }

  /** The page keeps the numbers of the earlier result, and may still wait for some of them. */
  private sessionOf({ run }: { readonly run: RunId }): Session {
    const { session, earlier } = this.open ?? {};
    const found = earlier?.explanation.summary?.run === run ? earlier : session;
    if (found !== undefined) return found;
    throw new ExplainError({
      code: 'unknownRun',
      message: vscode.l10n.t('Nothing is explained in this panel.'),
      advice: vscode.l10n.t('Select text and run Explain Attention.'),
    });
  }

  /**
   * @param wanted whether, once the document is open, this is still what the user waits for
   * @param unasked nobody asked for the run: why a long one is not started
   */
  private async explainAt(
    uri: string,
    selection: OffsetRange & Pick<RestorePoint, 'from'>,
    note: string | undefined,
    focus: Focus,
    wanted: () => boolean,
    unasked?: StopReason,
  ): Promise<void> {
    try {
      const target = await targetAt(uri, selection, note, selection.from);
      if (!wanted()) return;
      if (unasked !== undefined && asksFirst(selection)) this.begin(target, focus).stop(unasked);
      else await this.start(target, focus);
    } catch (error) {
      if (wanted()) this.begin(missingTarget(uri, selection), focus).fail(error);
    }
  }

  /** @param place `from`: where the text that is read with the selection begins; as before by default */
  private explainAgain(
    before: Session,
    focus: Focus,
    place: Pick<RestorePoint, 'from'> = before.explanation,
  ): Promise<void> {
    const { uri, selection, source } = before.explanation;
    return this.explainAt(uri, { ...selection, from: place.from }, source.note, focus, () => this.session === before);
  }

  private async start(target: Target, focus: Focus): Promise<void> {
    const session = this.begin(target, focus);
    if (this.open) this.tell(this.open);
    await session.start(this.open?.earlier ? [this.open.earlier] : []);
  }

  /** Puts a new session in the place of the present one, which is kept until the new one is finished. */
  private begin(target: Target, focus: Focus): Session {
    const open = this.open ?? this.openPanel(AttentionPanel.create());
    if (open.session?.explanation.summary === undefined) {
      open.session?.dispose();
    } else {
      open.earlier?.dispose();
      open.earlier = open.session;
    }
    const session: Session = new Session(target, focus, {
      ...this.services,
      decorations: open.decorations,
      onFinished: () => {
        open.earlier?.dispose();
        open.earlier = undefined;
      },
      onChange: () => {
        if (open.session === session) this.tell(open);
      },
      onCaret: (token) => {
        if (open.session === session) open.panel.highlight(token);
      },
    });
    open.session = session;
    return session;
  }

  private openPanel(webviewPanel: vscode.WebviewPanel): Open {
    const { extensionUri, log } = this.services;
    const store = new DisposableStore();
    const onClosed = (): void => store.dispose();
    const panel = store.add(new AttentionPanel(webviewPanel, extensionUri, this, log, onClosed));
    const open: Open = {
      store,
      panel,
      decorations: store.add(new EditorDecorations()),
      session: undefined,
      earlier: undefined,
    };
    store.add({
      dispose: () => {
        open.session?.dispose();
        open.earlier?.dispose();
        open.session = open.earlier = undefined;
        if (this.open === open) this.open = undefined;
        this.keys.tell({ kind: 'empty' });
      },
    });
    this.open = open;
    return open;
  }
}

function withoutPin({ heads, quantity, direction }: Focus): Focus {
  return { heads, quantity, direction };
}

/** What menus and the palette know of the panel. */
class ExplainerKeys {
  private readonly isRunning = new ContextKey('explaining');
  private readonly isOpen = new ContextKey('open');
  private readonly isExplained = new ContextKey('explained');
  private readonly isExample = new ContextKey('exampleExplained');
  private readonly isOwn = new ContextKey('ownTextExplained');
  private readonly isPinned = new ContextKey('pinned');

  tell(snapshot: PanelSnapshot): void {
    this.isRunning.set(snapshot.kind === 'running');
    this.isOpen.set(snapshot.kind !== 'empty');
    this.isExplained.set(snapshot.kind === 'ready');
    const example = snapshot.kind === 'ready' ? exampleAt(snapshot.restore.uri) : undefined;
    this.isExample.set(example !== undefined);
    this.isOwn.set(snapshot.kind === 'ready' && example === undefined);
    this.isPinned.set(snapshot.kind === 'ready' && snapshot.focus.token !== undefined);
  }
}

function sizeOf(session: Session | undefined): number {
  return session?.size ?? 0;
}

/** What the view keeps; its own part of it is no concern of the host's. */
const savedState = z.object({ restore: restoreSchema });
