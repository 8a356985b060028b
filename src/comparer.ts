import * as vscode from 'vscode';
import { sharedWords } from './attention/sharedWords.ts';
import type { Configuration } from './configuration.ts';
import { ContextKey } from './contextKey.ts';
import { mayCompare } from './editor/askFirst.ts';
import { type Context, contextsOf, noted } from './editor/contexts.ts';
import { missingTarget, targetAt } from './editor/targetAt.ts';
import { defaultFocus } from './explanation.ts';
import { FirstContext } from './firstContext.ts';
import { DisposableStore } from './lifecycle.ts';
import type { ModelProcess } from './modelProcess.ts';
import { placesOf } from './protocol/compareSchemas.ts';
import type {
  CompareSnapshot,
  ContextPlace,
  ContextState,
  Pair,
  RevealRequest,
  WordRange,
} from './protocol/compareWire.ts';
import { ExplainError } from './protocol/failure.ts';
import type { Answer, InspectRequest } from './protocol/inspection.ts';
import type { PanelAction, StopReason } from './protocol/panelWire.ts';
import type { Peaks, PeaksRequest, RunId, Slice, SliceRequest } from './protocol/run.ts';
import { Session } from './session.ts';
import { asksFirst } from './unasked.ts';
import { type CompareDelegate, ComparePanel } from './views/comparePanel.ts';

export interface ComparerServices {
  readonly extensionUri: vscode.Uri;
  readonly modelProcess: ModelProcess;
  readonly configuration: Configuration;
  readonly log: vscode.LogOutputChannel;
}

/** One of the two texts that are shown. */
interface Shown {
  readonly session: Session;
  readonly word: WordRange | undefined;
}

/** What exists while the view is open. */
interface Open {
  readonly store: DisposableStore;
  readonly panel: ComparePanel;
  shown: Pair<Shown> | undefined;
  /** What was shown before, finished, until both texts are: cancelling brings it back. */
  earlier: Pair<Shown> | undefined;
}

/** Owns the view “Compare Contexts”, the two texts that are compared in it, and the one that waits for a second. */
export class Comparer implements CompareDelegate, vscode.WebviewPanelSerializer, vscode.Disposable {
  private open: Open | undefined;
  private readonly first = new FirstContext();
  private readonly isRunning = new ContextKey('comparing');

  constructor(private readonly services: ComparerServices) {}

  /** Disposables held for the open view and its texts. */
  get size(): number {
    const { shown = [], earlier = [] } = this.open ?? {};
    const sessions = [...shown, ...earlier].map(({ session }) => session);
    return sessions.reduce((size, session) => size + session.size, this.open?.store.size ?? 0);
  }

  /**
   * Compares two selections, or the one with the context that was taken first; without such a one, takes it.
   *
   * @returns what the user has to know or do
   */
  async compare(editor: vscode.TextEditor): Promise<string | undefined> {
    const contexts = contextsOf(editor);
    if (typeof contexts === 'string') return contexts;
    const [one, other] = contexts;
    if (other) {
      if (!(await mayCompareLines(contexts))) return undefined;
      const note = vscode.l10n.t('{0} ranges are selected: the first two are compared.', contexts.length);
      return this.begin(contexts.length > 2 ? [noted(one!, note), other] : [one!, other]);
    }
    if (!this.first.isTaken) return this.takeFirst(editor);
    const isGone = typeof this.first.context === 'string';
    const complaint = await this.compareWithFirst(editor);
    if (complaint === undefined || isGone) this.first.release();
    return complaint;
  }

  /** @returns what to do next, or why there is nothing to take */
  takeFirst(editor: vscode.TextEditor): string {
    const contexts = contextsOf(editor);
    if (typeof contexts === 'string') return contexts;
    const [context] = contexts;
    this.first.take(context!);
    return vscode.l10n.t(
      '“{0}” is the first context. Select the second one and run Compare Contexts or Compare With First; the same text again compares two occurrences of a word in it.',
      context!.target.source.label,
    );
  }

  /** @returns why nothing was compared */
  async compareWithFirst(editor: vscode.TextEditor): Promise<string | undefined> {
    const contexts = contextsOf(editor);
    if (typeof contexts === 'string') return contexts;
    const first = this.first.context;
    if (typeof first === 'string') return first;
    if (!(await mayCompareLines(contexts))) return undefined;
    return this.begin([first, contexts[0]!]);
  }

  snapshot(): CompareSnapshot {
    const shown = this.open?.shown;
    const hasEarlier = this.open?.earlier !== undefined;
    if (shown === undefined) return { kind: 'empty' };
    return { kind: 'open', contexts: [stateOf(shown[0], hasEarlier), stateOf(shown[1], hasEarlier)] };
  }

  async slice(request: SliceRequest, token: vscode.CancellationToken): Promise<Slice> {
    return this.sessionOf(request.run).slice(request, token);
  }

  async peaks(request: PeaksRequest, token: vscode.CancellationToken): Promise<Peaks> {
    return this.sessionOf(request.run).peaks(request, token);
  }

  async inspect(request: InspectRequest, token: vscode.CancellationToken): Promise<Answer> {
    return this.sessionOf(request.run).inspect(request, token);
  }

  reveal({ run, token }: RevealRequest): void {
    void this.sessionWith(run)?.reveal(token);
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
      case 'openSettings':
        void vscode.commands.executeCommand('workbench.action.openSettings', 'explainAttention');
        break;
    }
  }

  /** After a reload of the window: the view comes back and both texts are run again. */
  async deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    if (this.open !== undefined) {
      panel.dispose();
      return;
    }
    const open = this.openPanel(panel);
    const places = placesOf(state);
    // VS Code shows the page only once this method has ended.
    if (places) void this.compareAt(places, () => this.open === open && open.shown === undefined, 'reloaded');
  }

  /** Ends the runs under way; what was shown before comes back. @returns whether there were any */
  cancel(): boolean {
    const cancelled = this.open?.shown?.map(({ session }) => session.cancel()) ?? [];
    if (!cancelled.includes(true)) return false;
    this.showEarlier();
    return true;
  }

  private showEarlier(): void {
    const { open } = this;
    if (open?.earlier === undefined) return;
    disposeOf(open.shown);
    open.shown = open.earlier;
    open.earlier = undefined;
    this.tell(open);
  }

  dispose(): void {
    this.first.dispose();
    this.open?.store.dispose();
  }

  private tell({ panel }: Open): void {
    const snapshot = this.snapshot();
    panel.update(snapshot);
    const contexts = snapshot.kind === 'open' ? snapshot.contexts : [];
    this.isRunning.set(contexts.some(({ kind }) => kind === 'running'));
  }

  private sessionWith(run: RunId): Session | undefined {
    return [...(this.open?.shown ?? []), ...(this.open?.earlier ?? [])].find(
      ({ session }) => session.explanation.summary?.run === run,
    )?.session;
  }

  private sessionOf(run: RunId): Session {
    const session = this.sessionWith(run);
    if (session !== undefined) return session;
    throw new ExplainError({
      code: 'unknownRun',
      message: vscode.l10n.t('These two texts are no longer compared.'),
      advice: vscode.l10n.t('Run again.'),
    });
  }

  /** Compares both texts again, as they stand in their documents now. */
  private async rerun(): Promise<void> {
    const before = this.open?.shown;
    if (before === undefined) return;
    const [first, second] = before.map(({ session, word }): ContextPlace => {
      const { uri, selection, stale } = session.explanation;
      return { uri, ...selection, word: stale ? undefined : word };
    }) as [ContextPlace, ContextPlace];
    await this.compareAt([first, second], () => this.open?.shown === before);
  }

  /**
   * @param wanted whether, once the documents are open, this is still what the user waits for
   * @param unasked nobody asked for the runs: why long ones are not started
   */
  private async compareAt(places: Pair<ContextPlace>, wanted: () => boolean, unasked?: StopReason): Promise<void> {
    const found = await Promise.allSettled(places.map((place) => targetAt(place.uri, place, undefined)));
    if (!wanted()) return;
    const [first, second] = found.map((result, index): Context => {
      const place = places[index]!;
      const target = result.status === 'fulfilled' ? result.value : missingTarget(place.uri, place);
      return { target, word: place.word };
    }) as [Context, Context];
    const shown = this.show([first, second]);
    const lost = found.findIndex(({ status }) => status === 'rejected');
    if (lost < 0 && unasked !== undefined && places.some(asksFirst)) {
      for (const { session } of shown) session.stop(unasked);
    } else if (lost < 0) await this.run(shown);
    else shown[lost]!.session.fail((found[lost] as PromiseRejectedResult).reason);
  }

  /** @returns why there is nothing to compare */
  private async begin(contexts: Pair<Context>): Promise<string | undefined> {
    if (isSame(contexts) && !sharedWords(contexts[0].target.text, contexts[1].target.text).some(occursTwice)) {
      return vscode.l10n.t('This is the first context itself, and no word occurs in it twice: select another text.');
    }
    this.open?.panel.reveal(contexts[1].target.uri);
    await this.run(this.show(contexts));
    return undefined;
  }

  /** Runs one text after the other: the model process does one at a time. */
  private async run([first, second]: Pair<Shown>): Promise<void> {
    const spare = this.open?.earlier?.map(({ session }) => session) ?? [];
    await first.session.start(spare);
    if (first.session.explanation.summary !== undefined) await second.session.start(spare);
  }

  /** Puts two new sessions in the place of the present ones, which are kept until the new ones are finished. */
  private show([first, second]: Pair<Context>): Pair<Shown> {
    const open = this.open ?? this.openPanel(ComparePanel.create());
    if (isFinished(open.shown)) {
      disposeOf(open.earlier);
      open.earlier = open.shown;
    } else {
      disposeOf(open.shown);
    }
    const shown: Pair<Shown> = [
      { session: this.sessionFor(open, first), word: first.word },
      { session: this.sessionFor(open, second), word: second.word },
    ];
    open.shown = shown;
    this.tell(open);
    return shown;
  }

  private sessionFor(open: Open, { target }: Context): Session {
    const { modelProcess, configuration, log } = this.services;
    const session: Session = new Session(target, defaultFocus, {
      modelProcess,
      configuration: {
        modelFolder: configuration.modelFolder,
        memoryBudget: configuration.memoryBudget / 2,
        precision: configuration.precision,
        specialTokens: configuration.specialTokens,
      },
      decorations: undefined,
      log,
      onFinished: () => {
        if (!isFinished(open.shown)) return;
        disposeOf(open.earlier);
        open.earlier = undefined;
      },
      onChange: () => {
        if (open.shown?.some((shown) => shown.session === session)) this.tell(open);
      },
      onCaret: () => undefined,
    });
    return session;
  }

  private openPanel(webviewPanel: vscode.WebviewPanel): Open {
    const { extensionUri, log } = this.services;
    const store = new DisposableStore();
    const panel = store.add(new ComparePanel(webviewPanel, extensionUri, this, log, () => store.dispose()));
    const open: Open = { store, panel, shown: undefined, earlier: undefined };
    store.add({
      dispose: () => {
        disposeOf(open.shown);
        disposeOf(open.earlier);
        open.shown = open.earlier = undefined;
        if (this.open === open) this.open = undefined;
        this.isRunning.set(false);
      },
    });
    this.open = open;
    return open;
  }
}

/** A word stands for its line. */
function mayCompareLines(contexts: readonly Context[]): Promise<boolean> {
  return mayCompare(contexts.map(({ target, word }) => (word === undefined ? 0 : target.text.length)));
}

function isFinished(shown: Pair<Shown> | undefined): boolean {
  return shown?.every(({ session }) => session.explanation.summary !== undefined) === true;
}

function disposeOf(shown: Pair<Shown> | undefined): void {
  shown?.forEach(({ session }) => session.dispose());
}

function stateOf({ session, word }: Shown, hasEarlier: boolean): ContextState {
  const { restore, ...state } = session.explanation.snapshot(hasEarlier);
  const { uri, start, end } = restore;
  return { ...state, place: { uri, start, end, word } };
}

/** Whether both are one place, and no two words in it were pointed out. */
function isSame([first, second]: Pair<Context>): boolean {
  const [a, b] = [first.target, second.target];
  const samePlace = a.uri === b.uri && a.selection.start === b.selection.start && a.selection.end === b.selection.end;
  return samePlace && first.word?.start === second.word?.start;
}

function occursTwice({ first }: { readonly first: readonly WordRange[] }): boolean {
  return first.length > 1;
}
