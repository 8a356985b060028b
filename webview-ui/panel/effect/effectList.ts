import { batch, computed, signal, type ReadonlySignal } from '@preact/signals';
import { CancellationTokenSource, type CancellationToken } from 'vscode-jsonrpc/browser';
import type { Failure } from '../../../src/protocol/failure.ts';
import type { Ablation, Effect, Effects, EffectsQuestion, PassWork } from '../../../src/protocol/inspection.ts';
import { failureOf } from '../../shared/loaded.ts';
import type { Scope } from './ablations.ts';
import { expectedTime } from './estimate.ts';
import type { Column } from './tokenRows.ts';

/** Ablations asked for at a time: the list fills while the next ones run. */
const BATCH = 16;
/** Ablations asked for at first, to learn how long they take. */
const FIRST = 3;

export type AskEffects = (question: EffectsQuestion, token: CancellationToken) => Promise<Effects>;

/** What an untouched model predicts. */
export type Untouched = Pick<Effects, 'target' | 'probability'>;

/** The effects of some ablations on the prediction after one token, measured when asked for, batch by batch. */
export class EffectList {
  private readonly measured = signal<readonly Effect[]>([]);
  private readonly first = signal<Untouched | undefined>(undefined);
  private readonly active = signal(false);
  private readonly problem = signal<Failure | undefined>(undefined);
  private readonly work = signal({ milliseconds: 0, passes: 0 });
  private baseline: PassWork | undefined;
  private cancellation: CancellationTokenSource | undefined;

  /** Of the first ablations; more come while it runs. */
  readonly effects: ReadonlySignal<readonly Effect[]> = this.measured;
  readonly untouched: ReadonlySignal<Untouched | undefined> = this.first;
  readonly running: ReadonlySignal<boolean> = this.active;
  readonly failure: ReadonlySignal<Failure | undefined> = this.problem;
  /** Time and forward passes of what is measured. */
  readonly spent: ReadonlySignal<{ readonly milliseconds: number; readonly passes: number }> = this.work;
  readonly complete: ReadonlySignal<boolean>;
  /** Whether more than the first ones are measured. */
  readonly begun: ReadonlySignal<boolean>;
  /** Milliseconds that the rest will take; `undefined` before anything is measured. */
  readonly expected: ReadonlySignal<number | undefined>;

  constructor(
    private readonly ask: AskEffects,
    private readonly query: number,
    readonly ablations: readonly Ablation[],
  ) {
    this.complete = computed(() => this.measured.value.length === ablations.length);
    this.begun = computed(() => this.measured.value.length > FIRST);
    this.expected = computed(() => {
      const measured = this.measured.value;
      if (!this.baseline || measured.length === 0) return undefined;
      return expectedTime(ablations.slice(measured.length), query, this.baseline, measured.slice(-BATCH));
    });
  }

  /** Measures what is not measured yet; behind the first ones only if the rest takes at most so many milliseconds. */
  async run(longest = Infinity): Promise<void> {
    if (this.active.peek()) return;
    const cancellation = new CancellationTokenSource();
    this.cancellation = cancellation;
    const isStopped = (): boolean => cancellation.token.isCancellationRequested;
    batch(() => {
      this.active.value = true;
      this.problem.value = undefined;
    });
    try {
      while (!isStopped() && !this.complete.peek()) {
        const start = this.measured.peek().length;
        if (start > 0 && start <= FIRST && this.expected.peek()! > longest) break;
        const ablations = this.ablations.slice(start, start === 0 ? FIRST : start + BATCH);
        const answer = await this.ask({ query: this.query, ablations }, cancellation.token);
        if (!isStopped()) this.take(answer, ablations.length);
      }
    } catch (error) {
      if (!isStopped()) this.problem.value = failureOf(error);
    } finally {
      if (this.cancellation === cancellation) this.active.value = false;
    }
  }

  /** What is measured stays. */
  cancel(): void {
    this.cancellation?.cancel();
    this.cancellation = undefined;
    this.active.value = false;
  }

  private take(answer: Effects, expected: number): void {
    const { target, probability, effects, milliseconds, passes, baseline } = answer;
    if (effects.length !== expected) throw new Error(`${effects.length} effects instead of ${expected}.`);
    this.baseline = baseline;
    batch(() => {
      this.first.value = { target, probability };
      this.measured.value = [...this.measured.peek(), ...effects];
      const before = this.work.peek();
      this.work.value = { milliseconds: before.milliseconds + milliseconds, passes: before.passes + passes };
    });
  }
}

/** Lists kept for coming back to them. */
const KEPT = 32;

/** The lists of one run: one is measured at a time, the last ones are kept. */
export class EffectLists {
  private readonly lists = new Map<string, EffectList>();
  private current: EffectList | undefined;
  /** What is taken away, as long as the run is shown; `undefined`: as the panel's heads suggest. */
  readonly scope = signal<Scope | undefined>(undefined);
  /** By which number tokens are ordered. */
  readonly order = signal<Column>('effect');

  constructor(private readonly ask: AskEffects) {}

  /** The list of a question; any other one stops. */
  open(key: string, query: number, ablations: () => readonly Ablation[]): EffectList {
    const list = this.lists.get(key) ?? new EffectList(this.ask, query, ablations());
    // The one used last stands last.
    this.lists.delete(key);
    this.lists.set(key, list);
    const [oldest] = this.lists.keys();
    if (this.lists.size > KEPT && oldest !== undefined) this.lists.delete(oldest);
    if (list !== this.current) this.current?.cancel();
    this.current = list;
    return list;
  }

  cancel(): void {
    this.current?.cancel();
  }
}
