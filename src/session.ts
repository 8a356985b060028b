import * as vscode from 'vscode';
import type { Configuration } from './configuration.ts';
import type { EditorDecorations } from './editor/decorations.ts';
import { DocumentWatch, readerOf } from './editor/documentWatch.ts';
import { TokenHoverProvider } from './editor/hover.ts';
import { revealToken } from './editor/reveal.ts';
import { TokenMarks } from './editor/tokenMarks.ts';
import { Explanation, isMatrixOf, isQuestionOf, isRegionOf, isTokenOf, type Target } from './explanation.ts';
import { exampleAt } from './examples/catalog.ts';
import { guideOf } from './examples/guide.ts';
import type { ExportSubject } from './exportContent.ts';
import { DisposableStore } from './lifecycle.ts';
import { reportFailure, toFailure } from './log.ts';
import type { ModelProcess } from './modelProcess.ts';
import { ExplainError, type Failure } from './protocol/failure.ts';
import type { Answer, InspectRequest } from './protocol/inspection.ts';
import type { Focus, StopReason } from './protocol/panelWire.ts';
import { cellCount } from './protocol/cells.ts';
import type {
  Overview,
  OverviewRequest,
  Peaks,
  PeaksRequest,
  RunId,
  RunSummary,
  Slice,
  SliceRequest,
} from './protocol/run.ts';
import { RemoteRun } from './remoteRun.ts';

/** After this time progress is shown outside of the panel too. */
const PROGRESS_DELAY_MS = 500;

/** That a text moved is told to the panel once typing pauses: nothing but its restore point and label depend on it. */
const MOVED_DELAY_MS = 300;

/** Most cells on a side of a head's picture. */
const LARGEST_PICTURE = 256;

export interface SessionServices {
  readonly modelProcess: ModelProcess;
  readonly configuration: Pick<Configuration, 'modelFolder' | 'memoryBudget' | 'precision' | 'specialTokens'>;
  /** Where marks are drawn in the editor; without it, the editor shows no marks and no hovers. */
  readonly decorations: EditorDecorations | undefined;
  readonly log: vscode.LogOutputChannel;
  /** The run is finished, and is about to be shown. */
  readonly onFinished: () => void;
  /** The state changed: the panel is to show it. */
  readonly onChange: () => void;
  /** The caret came to another token, or to none. */
  readonly onCaret: (token: number | undefined) => void;
}

/** One explained text, from the command until the next one or until the panel closes. */
export class Session implements vscode.Disposable {
  readonly explanation: Explanation;
  private readonly store = new DisposableStore();
  /** What lives from the finished run on: the run itself, hovers and marks in the editor. */
  private readonly finished = this.store.add(new DisposableStore());
  private readonly cancellation = new vscode.CancellationTokenSource();
  private run: RemoteRun | undefined;
  private marks: TokenMarks | undefined;
  private movedTimer: NodeJS.Timeout | undefined;

  constructor(
    private readonly target: Target,
    focus: Focus,
    private readonly services: SessionServices,
  ) {
    this.explanation = new Explanation(target, focus);
    this.store.add({ dispose: () => this.cancellation.cancel() });
    this.store.add({ dispose: () => clearTimeout(this.movedTimer) });
    this.store.add(
      new DocumentWatch(this.explanation, {
        changed: () => this.changed(),
        moved: () => {
          clearTimeout(this.movedTimer);
          this.movedTimer = setTimeout(this.services.onChange, MOVED_DELAY_MS);
        },
        caret: this.services.onCaret,
      }),
    );
  }

  /** Disposables that are held now. */
  get size(): number {
    return this.store.size + this.finished.size;
  }

  /**
   * Explains the text; ends when it is explained, failed or cancelled, and never rejects.
   *
   * @param spare what is shown meanwhile: its tensors are given up where the text does not fit beside them
   */
  async start(spare: readonly Session[] = []): Promise<void> {
    const { modelProcess, configuration } = this.services;
    const { token } = this.cancellation;
    const { modelFolder, memoryBudget, precision, specialTokens } = configuration;
    const running = RemoteRun.start(
      modelProcess,
      { modelFolder, memoryBudget, precision, specialTokens, text: this.target.text, preceding: this.target.preceding },
      ({ stage, passes }) => {
        if (token.isCancellationRequested) return;
        this.explanation.setStage(stage, passes);
        this.changed();
      },
      token,
      spare.flatMap(({ run }) => run ?? []),
    );
    const timer = setTimeout(() => showProgress(running), PROGRESS_DELAY_MS);
    try {
      const run = await running;
      if (token.isCancellationRequested) run.dispose();
      else this.finish(run);
    } catch (error) {
      if (!token.isCancellationRequested) this.fail(error);
    } finally {
      clearTimeout(timer);
    }
  }

  /** @returns whether there was something to cancel */
  cancel(): boolean {
    if (!this.explanation.running) return false;
    this.stop('cancelled');
    return true;
  }

  /** Leaves the text to be run when the user says so. */
  stop(reason: StopReason): void {
    this.cancellation.cancel();
    this.explanation.setStopped(reason);
    this.changed();
  }

  fail(error: unknown): void {
    const failure = toFailure(error);
    this.finished.dispose();
    this.run = undefined;
    this.marks = undefined;
    this.explanation.setFailed(failure);
    reportFailure(this.services.log, failure, error);
    this.changed();
  }

  async slice(request: SliceRequest, token: vscode.CancellationToken): Promise<Slice> {
    const run = this.openRun(request.run);
    const { summary } = run;
    if (!isMatrixOf(summary, request.heads, request.quantity)) throw outOfRange();
    if (!isRegionOf(summary, request)) throw outOfRange();
    return this.orFail(run.slice(request, token));
  }

  async overview(request: OverviewRequest, token: vscode.CancellationToken): Promise<Overview> {
    const run = this.openRun(request.run);
    const whole = { start: 0, end: run.summary.tokens.length };
    if (cellCount(whole, request.block) > LARGEST_PICTURE) throw outOfRange();
    return this.orFail(run.overview(request, token));
  }

  async peaks(request: PeaksRequest, token: vscode.CancellationToken): Promise<Peaks> {
    const run = this.openRun(request.run);
    if (!isMatrixOf(run.summary, request.heads, request.quantity)) throw outOfRange();
    return this.orFail(run.peaks(request, token));
  }

  async inspect({ run: id, question }: InspectRequest, token: vscode.CancellationToken): Promise<Answer> {
    const run = this.openRun(id);
    if (!isQuestionOf(run.summary, question)) throw outOfRange();
    return this.orFail(run.inspect({ question }, token));
  }

  /** @returns whether the focus fits the run; one that does not is left aside */
  setFocus(focus: Focus): boolean {
    const fits = this.explanation.setFocus(focus);
    if (fits) this.changed();
    else this.services.log.warn('A focus that does not fit the run was left aside.');
    return fits;
  }

  /** Lights a token in the editor. */
  light(token: number | undefined): void {
    const summary = this.explanation.summary;
    if (summary === undefined || (token !== undefined && !isTokenOf(summary, token))) return;
    this.marks?.light(token);
  }

  /** Shows a token in the editor. Where its document can't be opened, the views say so. */
  async reveal(token: number): Promise<void> {
    try {
      await revealToken(this.explanation, token);
    } catch (error) {
      this.services.log.warn('A token was not shown:', error);
      this.explanation.close(
        vscode.l10n.t(
          'The document cannot be opened any more: it was deleted, or moved outside of VS Code. What is shown stays; to see tokens in an editor, explain the text where it is now.',
        ),
      );
      this.changed();
    }
  }

  /** What can be taken away; `undefined` before the run is finished. */
  get subject(): ExportSubject | undefined {
    const { run, explanation, target } = this;
    if (run === undefined) return undefined;
    return {
      explanation,
      summary: run.summary,
      text: target.text.slice((target.preceding?.length ?? 0) - run.summary.precedingLength),
      slice: (...request) => this.orFail(run.slice(...request)),
    };
  }

  dispose(): void {
    this.store.dispose();
  }

  private finish(run: RemoteRun): void {
    this.run = this.finished.add(run);
    this.explanation.setReady(withWholeLength(run.summary, this.target), readerOf(this.explanation.uri));
    const { decorations, onFinished } = this.services;
    onFinished();
    if (decorations) this.showInEditor(run, decorations);
    this.changed();
    if (decorations) void this.guide(run);
  }

  private showInEditor(run: RemoteRun, decorations: EditorDecorations): void {
    const { explanation } = this;
    const onError = (error: unknown): void => this.noticeLoss(error);
    this.marks = this.finished.add(new TokenMarks(explanation, run, decorations, onError));
    const hovers = new TokenHoverProvider(explanation, run, onError);
    this.finished.add(vscode.languages.registerHoverProvider('*', hovers));
  }

  /** Looks for what is worth seeing, where the text is one of the examples. */
  private async guide(run: RemoteRun): Promise<void> {
    const example = exampleAt(this.explanation.uri);
    if (example === undefined) return;
    const { token } = this.cancellation;
    const source = { summary: run.summary, slice: run.slice.bind(run), roles: run.roles.bind(run) };
    try {
      const lines = await guideOf(source, example.looks, token);
      if (this.run !== run || token.isCancellationRequested) return;
      this.explanation.setGuide(lines);
      this.changed();
    } catch (error) {
      this.noticeLoss(error);
    }
  }

  private changed(): void {
    this.marks?.update();
    this.services.onChange();
  }

  /** @throws ExplainError `unknownRun` when a view asks for a run that is no longer shown */
  private openRun(id: RunId): RemoteRun {
    if (this.run?.summary.run === id) return this.run;
    throw new ExplainError({
      code: 'unknownRun',
      message: vscode.l10n.t('This explanation is no longer open.'),
      advice: vscode.l10n.t('Run again.'),
    });
  }

  private async orFail<R>(answer: Promise<R>): Promise<R> {
    try {
      return await answer;
    } catch (error) {
      this.noticeLoss(error);
      throw error;
    }
  }

  /** A lost process ends the session, once; other errors concern only who asked. */
  private noticeLoss(error: unknown): void {
    if (this.finished.isDisposed) return;
    if (toFailure(error).code === 'processLost') this.fail(error);
    else if (!(error instanceof vscode.CancellationError)) this.services.log.warn('A request failed:', error);
  }
}

function showProgress(until: Promise<unknown>): void {
  const options = { location: vscode.ProgressLocation.Window, title: vscode.l10n.t('Explaining attention') };
  void vscode.window.withProgress(options, () => until.then(undefined, () => undefined));
}

/** A selection too long to be sent whole is still reported with its whole length. */
function withWholeLength(summary: RunSummary, { selection, lines }: Target): RunSummary {
  const { cut } = summary;
  if (cut === undefined) return summary;
  return { ...summary, cut: { ...cut, totalLength: selection.end - selection.start, totalLines: lines } };
}

function outOfRange(): ExplainError {
  const failure: Failure = {
    code: 'internal',
    message: vscode.l10n.t('The view asked for tokens or heads that this run does not have.'),
    advice: vscode.l10n.t('Run again; if it happens again, report it with the log.'),
  };
  return new ExplainError(failure);
}
