import * as vscode from 'vscode';
import { sharedWords } from './attention/sharedWords.ts';
import type { Configuration } from './configuration.ts';
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
import type { PanelAction } from './protocol/panelWire.ts';
import type { Peaks, PeaksRequest, RunId, Slice, SliceRequest } from './protocol/run.ts';
import { Session } from './session.ts';
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
}

/** Owns the view «Compare Contexts», the two texts that are compared in it, and the one that waits for a second. */
export class Comparer implements CompareDelegate, vscode.WebviewPanelSerializer, vscode.Disposable {
  private open: Open | undefined;
  private readonly first = new FirstContext();

  constructor(private readonly services: ComparerServices) {}

  /** Disposables held for the open view and its texts. */
  get size(): number {
    const sessions = this.open?.shown?.map(({ session }) => session) ?? [];
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
      '«{0}» is the first context. Select the second one and run Compare Contexts or Compare With First; the same text again compares two occurrences of a word in it.',
      context!.target.source.label,
    );
  }

  /** @returns why nothing was compared */
  async compareWithFirst(editor: vscode.TextEditor): Promise<string | undefined> {
    const contexts = contextsOf(editor);
    if (typeof contexts === 'string') return contexts;
    const first = this.first.context;
    if (typeof first === 'string') return first;
    return this.begin([first, contexts[0]!]);
  }

  snapshot(): CompareSnapshot {
    const shown = this.open?.shown;
    return shown ? { kind: 'open', contexts: [stateOf(shown[0]), stateOf(shown[1])] } : { kind: 'empty' };
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
        this.open?.shown?.forEach(({ session }) => session.cancel());
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
    if (places) await this.compareAt(places, () => this.open === open && open.shown === undefined);
  }

  dispose(): void {
    this.first.dispose();
    this.open?.store.dispose();
  }

  private sessionWith(run: RunId): Session | undefined {
    return this.open?.shown?.find(({ session }) => session.explanation.summary?.run === run)?.session;
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

  /** @param wanted whether, once the documents are open, this is still what the user waits for */
  private async compareAt(places: Pair<ContextPlace>, wanted: () => boolean): Promise<void> {
    const found = await Promise.allSettled(places.map((place) => targetAt(place.uri, place, undefined)));
    if (!wanted()) return;
    const [first, second] = found.map((result, index): Context => {
      const place = places[index]!;
      const target = result.status === 'fulfilled' ? result.value : missingTarget(place.uri, place);
      return { target, word: place.word };
    }) as [Context, Context];
    const shown = this.show([first, second]);
    const lost = found.findIndex(({ status }) => status === 'rejected');
    if (lost < 0) await this.run(shown);
    else shown[lost]!.session.fail((found[lost] as PromiseRejectedResult).reason);
  }

  /** @returns why there is nothing to compare */
  private async begin(contexts: Pair<Context>): Promise<string | undefined> {
    if (isSame(contexts) && !sharedWords(contexts[0].target.text, contexts[1].target.text).some(occursTwice)) {
      return vscode.l10n.t('This is the first context itself, and no word occurs in it twice: select another text.');
    }
    this.open?.panel.reveal();
    await this.run(this.show(contexts));
    return undefined;
  }

  /** Runs one text after the other: the model process does one at a time. */
  private async run([first, second]: Pair<Shown>): Promise<void> {
    await first.session.start();
    if (first.session.explanation.summary !== undefined) await second.session.start();
  }

  /** Puts two new sessions in the place of the present ones, which release their runs. */
  private show([first, second]: Pair<Context>): Pair<Shown> {
    const open = this.open ?? this.openPanel(ComparePanel.create());
    open.shown?.forEach(({ session }) => session.dispose());
    const shown: Pair<Shown> = [
      { session: this.sessionFor(open, first), word: first.word },
      { session: this.sessionFor(open, second), word: second.word },
    ];
    open.shown = shown;
    open.panel.update(this.snapshot());
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
      },
      decorations: undefined,
      log,
      onChange: () => {
        if (open.shown?.some((shown) => shown.session === session)) open.panel.update(this.snapshot());
      },
      onCaret: () => undefined,
    });
    return session;
  }

  private openPanel(webviewPanel: vscode.WebviewPanel): Open {
    const { extensionUri, log } = this.services;
    const store = new DisposableStore();
    const panel = store.add(new ComparePanel(webviewPanel, extensionUri, this, log, () => store.dispose()));
    const open: Open = { store, panel, shown: undefined };
    store.add({
      dispose: () => {
        open.shown?.forEach(({ session }) => session.dispose());
        open.shown = undefined;
        if (this.open === open) this.open = undefined;
      },
    });
    this.open = open;
    return open;
  }
}

function stateOf({ session, word }: Shown): ContextState {
  const { restore, ...state } = session.explanation.snapshot();
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
