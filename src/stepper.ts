import * as vscode from 'vscode';
import type { Configuration } from './configuration.ts';
import { ContextKey } from './contextKey.ts';
import { PromptMarks } from './editor/promptMarks.ts';
import { describeSource } from './editor/target.ts';
import type { OffsetRange } from './editor/trackedText.ts';
import { RemoteGeneration } from './remoteGeneration.ts';
import { DisposableStore } from './lifecycle.ts';
import { reportFailure, toFailure } from './log.ts';
import type { ModelProcess } from './modelProcess.ts';
import { ExplainError } from './protocol/failure.ts';
import type {
  AttentionRow,
  AttentionRowRequest,
  CacheNorms,
  CacheNormsRequest,
  GenerationId,
  PolicyEffect,
  TriangleRequest,
} from './protocol/generation.ts';
import type {
  ChangeRequest,
  GenerationAction,
  GenerationRestorePoint,
  GenerationSnapshot,
  Prompt,
} from './protocol/generationViewWire.ts';
import type { Slice } from './protocol/run.ts';
import { StepperState } from './stepperState.ts';
import type { GenerationDelegate } from './views/generationView.ts';

interface StepperServices {
  readonly modelProcess: ModelProcess;
  readonly configuration: Configuration;
  readonly log: vscode.LogOutputChannel;
}

/** What exists while a generation is open or starts. */
interface Open {
  readonly store: DisposableStore;
  readonly cancellation: vscode.CancellationTokenSource;
  generation: RemoteGeneration | undefined;
  marks: PromptMarks | undefined;
}

/** Owns the one generation that is stepped through in the side bar. */
export class Stepper implements GenerationDelegate, vscode.Disposable {
  private state = new StepperState();
  private readonly changed = new vscode.EventEmitter<GenerationSnapshot>();
  readonly onDidChange = this.changed.event;
  private readonly isStarting = new ContextKey('starting');
  private open: Open | undefined;
  /** What was shown before, until another generation has started: cancelling brings it back. */
  private earlier: { readonly open: Open; readonly state: StepperState } | undefined;

  constructor(private readonly services: StepperServices) {}

  /** Disposables held for the open generation: 0 without one. */
  get size(): number {
    return (this.open?.store.size ?? 0) + (this.earlier?.open.store.size ?? 0);
  }

  snapshot(): GenerationSnapshot {
    return this.state.snapshot();
  }

  offer(point: GenerationRestorePoint): void {
    if (this.state.offer(point)) this.tell();
  }

  /** Starts from a text in place of the generation before; ends when it started, failed or was cancelled. */
  start(prompt: Prompt): Promise<void> {
    return this.begin(this.state.beginning(prompt));
  }

  /** Starts again from the same prompt and tokens. @returns whether there were any */
  again(): boolean {
    const { restore } = this.state;
    if (restore !== undefined) void this.begin(restore);
    return restore !== undefined;
  }

  /** Ends a start under way; the generation before comes back. @returns whether there was one */
  cancel(): boolean {
    const { open, earlier } = this;
    if (open === undefined || open.generation !== undefined) return false;
    this.end();
    this.state.setIdle();
    this.earlier = undefined;
    if (earlier !== undefined) ({ open: this.open, state: this.state } = earlier);
    this.tell();
    return true;
  }

  /** Frees the generation; it can be started again. @returns whether there was one */
  close(): boolean {
    if (this.open === undefined) return false;
    this.end();
    this.forgetEarlier();
    this.state.setIdle();
    this.tell();
    return true;
  }

  /** What was generated up to the pointer. */
  get generatedText(): string | undefined {
    const state = this.open?.generation?.state;
    return state?.text.slice(0, state.tokens[state.taken - 1]?.end ?? 0);
  }

  async change({ generation, change }: ChangeRequest, token: vscode.CancellationToken): Promise<GenerationSnapshot> {
    const open = this.require(generation);
    await this.orFail(open, () => open.generation.change(change, token));
    this.keep(open.generation);
    return this.snapshot();
  }

  async row({ generation, ...request }: AttentionRowRequest, token: vscode.CancellationToken): Promise<AttentionRow> {
    const open = this.require(generation);
    const row = await this.orFail(open, () => open.generation.row(request, token));
    if (!token.isCancellationRequested) open.marks?.show(row);
    return row;
  }

  triangle({ generation, ...request }: TriangleRequest, token: vscode.CancellationToken): Promise<Slice> {
    const open = this.require(generation);
    return this.orFail(open, () => open.generation.triangle(request, token));
  }

  norms({ generation, layer }: CacheNormsRequest, token: vscode.CancellationToken): Promise<CacheNorms> {
    const open = this.require(generation);
    return this.orFail(open, () => open.generation.norms(layer, token));
  }

  effect(generation: GenerationId, token: vscode.CancellationToken): Promise<PolicyEffect> {
    const open = this.require(generation);
    return this.orFail(open, () => open.generation.effect(token));
  }

  hidden(): void {
    this.open?.marks?.show(undefined);
  }

  act(action: GenerationAction): void {
    switch (action) {
      case 'again':
        this.again();
        break;
      case 'cancel':
        this.cancel();
        break;
      case 'close':
        this.close();
        break;
      case 'insert':
      case 'copy':
        void vscode.commands.executeCommand(`explainAttention.${action}Generated`);
        break;
      case 'showLog':
        this.services.log.show();
    }
  }

  dispose(): void {
    this.end();
    this.forgetEarlier();
    this.changed.dispose();
  }

  private async begin(point: GenerationRestorePoint): Promise<void> {
    this.setAside();
    const { modelProcess, configuration } = this.services;
    const store = new DisposableStore();
    const cancellation = new vscode.CancellationTokenSource();
    store.add({ dispose: () => cancellation.cancel() });
    const open: Open = { store, cancellation, generation: undefined, marks: undefined };
    this.open = open;
    this.state.setStarting(point, 'tapping');
    this.tell();
    const { modelFolder, memoryBudget, specialTokens } = configuration;
    const { policy, sampling } = point;
    try {
      const generation = await RemoteGeneration.start(
        modelProcess,
        { modelFolder, memoryBudget, specialTokens, text: point.prompt.text, policy, sampling },
        point.tokens,
        (stage) => {
          if (this.open !== open) return;
          this.state.setStarting(point, stage);
          this.tell();
        },
        cancellation.token,
      );
      store.add(generation);
      if (this.open !== open) return;
      if (point.taken < point.tokens.length) {
        await generation.change({ kind: 'goTo', taken: point.taken }, cancellation.token);
      }
      if (this.open !== open) return;
      open.generation = generation;
      this.forgetEarlier();
      this.keep(generation);
      this.tell();
      const place = this.state.restore?.prompt.place;
      if (place !== undefined) {
        const { state } = this;
        const onMoved = (document: vscode.TextDocument, range: OffsetRange): void => {
          const { label } = describeSource(document, { selection: range, explained: range }, undefined);
          state.movePrompt(document.uri.toString(), label);
          this.tell();
        };
        open.marks = store.add(new PromptMarks(generation.origin, place, onMoved));
      }
    } catch (error) {
      if (this.open === open) this.fail(error);
    }
  }

  private keep({ origin, state, renewals }: RemoteGeneration): void {
    const note =
      renewals === 0
        ? undefined
        : vscode.l10n.t('The model process had ended; it was started again from the same tokens. Branches are gone.');
    this.state.setReady(origin, state, note);
  }

  private fail(error: unknown): void {
    const failure = toFailure(error);
    this.end();
    this.forgetEarlier();
    this.state.setFailed(failure);
    reportFailure(this.services.log, failure, error);
    this.tell();
  }

  private setAside(): void {
    const { open, state } = this;
    if (open?.generation === undefined) {
      this.end();
      return;
    }
    open.marks?.show(undefined);
    this.forgetEarlier();
    this.earlier = { open, state };
    this.state = new StepperState();
  }

  private forgetEarlier(): void {
    this.earlier?.open.store.dispose();
    this.earlier = undefined;
  }

  private end(): void {
    const { open } = this;
    this.open = undefined;
    open?.store.dispose();
  }

  private tell(): void {
    const snapshot = this.snapshot();
    this.changed.fire(snapshot);
    this.isStarting.set(snapshot.kind === 'starting');
  }

  /** @throws ExplainError `unknownRun` when a view asks for a generation that is no longer shown */
  private require(id: GenerationId): Open & { readonly generation: RemoteGeneration } {
    const generation = this.open?.generation;
    if (this.open !== undefined && generation?.origin.generation === id) return { ...this.open, generation };
    throw new ExplainError({
      code: 'unknownRun',
      message: vscode.l10n.t('This generation is no longer open.'),
      advice: vscode.l10n.t('Start again.'),
    });
  }

  /** A lost process ends the generation, once; other errors concern only who asked. */
  private async orFail<R>({ generation }: Open, work: () => Promise<R>): Promise<R> {
    try {
      return await work();
    } catch (error) {
      const isShown = this.open?.generation === generation;
      if (isShown && toFailure(error).code === 'processLost') this.fail(error);
      throw error;
    }
  }
}
