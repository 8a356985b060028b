import { batch, computed, signal, type ReadonlySignal } from '@preact/signals';
import { CancellationTokenSource } from 'vscode-jsonrpc/browser';
import { MEAN_OF_ALL, missingHead } from '../../../src/attention/headKinds.ts';
import type { CachePolicy } from '../../../src/protocol/cachePolicy.ts';
import type { Sampling } from '../../../src/protocol/generation.ts';
import type { Failure } from '../../../src/protocol/failure.ts';
import { LONGEST_PROMPT, MOST_RESUMED } from '../../../src/protocol/generationLimits.ts';
import type {
  GenerationChange,
  GenerationRestorePoint,
  GenerationSnapshot,
} from '../../../src/protocol/generationViewWire.ts';
import type { HeadId } from '../../../src/protocol/model.ts';
import type { HeadCombination } from '../../../src/protocol/run.ts';
import { failureOf } from '../../shared/loaded.ts';
import type { GenerationHost } from './host.ts';
import { Player } from './player.ts';
import type { Ready } from './ready.ts';
import { StepNumbers } from './stepNumbers.ts';
import { restOf, type SavedState, type SectionId, type Speed, type ViewState } from './viewState.ts';

/** A change that takes longer can be given up by a button. */
const SLOW_MS = 500;

/** What the tokens' colour tells. */
export type ColourBy = 'probability' | 'attention';

/** The view's state and what the user can do to it. */
export class GenerationStore {
  private readonly latest = signal<GenerationSnapshot | undefined>(undefined);
  /** Changes that wait for their answer; they are sent one after the other. */
  private readonly asked = signal<readonly GenerationChange[]>([]);
  private turn: Promise<unknown> = Promise.resolve();
  private measuring: CancellationTokenSource | undefined;
  private working: CancellationTokenSource | undefined;

  /** `undefined` until the host answered for the first time. */
  readonly snapshot: ReadonlySignal<GenerationSnapshot | undefined> = this.latest;
  readonly ready: ReadonlySignal<Ready | undefined>;
  readonly busy: ReadonlySignal<boolean> = computed(() => this.asked.value.length > 0);
  /** Tokens taken, policy and sampling as the user last asked for them, until the answer says what they are. */
  readonly taken: ReadonlySignal<number> = computed(
    () => this.lastAsked('goTo')?.taken ?? this.ready.value?.state.taken ?? 0,
  );
  /** It takes long. */
  readonly slow = signal(false);
  /** Why the last change could not be had. */
  readonly problem = signal<Failure | undefined>(undefined);
  readonly heads = signal<HeadCombination>(MEAN_OF_ALL);
  /** The single head to return to from a combination. */
  readonly lastHead = signal<HeadId>({ layer: 0, head: 0 });
  readonly colourBy = signal<ColourBy>('probability');
  readonly logarithmic = signal(false);
  readonly recompute = signal(true);
  readonly speed = signal<Speed>('2');
  readonly folded = signal<ReadonlySet<SectionId>>(new Set());
  /** Position that is lit in every part. */
  readonly lit = signal<number | undefined>(undefined);
  /** Said to screen readers. */
  readonly announcement = signal('');
  readonly numbers: StepNumbers;
  readonly player = new Player(
    async () => (await this.playStep()) && !this.ready.peek()?.state.end,
    () => restOf(this.speed.peek()),
    () => void this.measure(),
  );
  /**
   * Whether there is time for what runs the whole text through the model again: always, but while playing only if such
   * a pass takes no more than a third of the rests. So what is shown beside the steps never slows them.
   */
  readonly unhurried: ReadonlySignal<boolean> = computed(() => {
    if (!this.player.playing.value) return true;
    return wholePass(this.ready.value) <= restOf(this.speed.value) / 3;
  });
  readonly savedState: ReadonlySignal<SavedState>;

  constructor(
    readonly host: GenerationHost,
    initial: ViewState,
  ) {
    this.numbers = new StepNumbers(host);
    this.speed.value = initial.speed;
    this.recompute.value = initial.recompute;
    this.folded.value = new Set(initial.folded);
    this.ready = computed(() => {
      const snapshot = this.latest.value;
      return snapshot?.kind === 'ready' ? snapshot : undefined;
    });
    this.savedState = computed(() => ({
      restore: keepable(this.latest.value?.restore),
      view: { speed: this.speed.value, recompute: this.recompute.value, folded: [...this.folded.value] },
    }));
  }

  receive(snapshot: GenerationSnapshot): void {
    const isOther = generationOf(snapshot) !== generationOf(this.latest.peek());
    batch(() => {
      this.latest.value = snapshot;
      if (!isOther) return;
      this.player.stop();
      this.problem.value = undefined;
      this.lit.value = undefined;
      if (snapshot.kind === 'ready') this.adoptHeads(snapshot);
    });
    if (isOther) void this.measure();
  }

  /** Takes one more token. One step at a time: what is asked meanwhile is left aside. @returns whether it was taken */
  async step(token?: number): Promise<boolean> {
    const isTaken = await this.take(token);
    if (isTaken) await this.measure();
    return isTaken;
  }

  async goTo(taken: number): Promise<void> {
    const state = this.ready.peek()?.state;
    const inside = Math.max(0, Math.min(taken, state?.tokens.length ?? 0));
    if (state === undefined || inside === this.taken.peek()) return;
    this.player.stop();
    await this.change({ kind: 'goTo', taken: inside });
    await this.measure();
  }

  /** Any other change: what plays is stopped. */
  async apply(change: GenerationChange): Promise<void> {
    this.player.stop();
    await this.change(change);
    await this.measure();
  }

  back(): void {
    void this.goTo(this.taken.peek() - 1);
  }

  policy({ state }: Ready): CachePolicy {
    return this.lastAsked('policy')?.policy ?? state.cache.policy;
  }

  sampling({ state }: Ready): Sampling {
    return this.lastAsked('sampling')?.sampling ?? state.sampling;
  }

  setRecompute(on: boolean): void {
    this.recompute.value = on;
    if (on) void this.measure();
    else this.measuring?.cancel();
  }

  chooseHeads(heads: HeadCombination): void {
    this.heads.value = heads;
    if (heads.kind === 'head') this.lastHead.value = { layer: heads.layer, head: heads.head };
  }

  fold(id: SectionId): void {
    const folded = new Set(this.folded.peek());
    if (!folded.delete(id)) folded.add(id);
    this.folded.value = folded;
  }

  /** Gives up what is under way. */
  cancel(): void {
    this.player.stop();
    this.working?.cancel();
    this.measuring?.cancel();
  }

  private async playStep(): Promise<boolean> {
    const isTaken = await this.take(undefined);
    if (this.unhurried.peek()) await this.measure();
    return isTaken;
  }

  private async take(token: number | undefined): Promise<boolean> {
    if (this.busy.peek()) return false;
    const before = this.ready.peek()?.state.taken;
    await this.change({ kind: 'step', token });
    const after = this.ready.peek()?.state;
    return after !== undefined && after.taken !== before;
  }

  private change(change: GenerationChange): Promise<void> {
    this.measuring?.cancel();
    this.asked.value = [...this.asked.peek(), change];
    const turn = this.turn.then(() => this.send(change));
    this.turn = turn;
    return turn;
  }

  private async send(change: GenerationChange): Promise<void> {
    const working = new CancellationTokenSource();
    this.working = working;
    const timer = setTimeout(() => (this.slow.value = true), SLOW_MS);
    try {
      const generation = this.ready.peek()?.origin.generation;
      if (generation === undefined) return;
      const snapshot = await this.host.change({ generation, change }, working.token);
      batch(() => {
        this.receive(snapshot);
        this.answered(change);
      });
      this.problem.value = undefined;
    } catch (error) {
      this.player.stop();
      if (!working.token.isCancellationRequested) this.problem.value = failureOf(error);
    } finally {
      clearTimeout(timer);
      batch(() => {
        this.slow.value = false;
        this.answered(change);
      });
    }
  }

  private answered(change: GenerationChange): void {
    this.asked.value = this.asked.peek().filter((other) => other !== change);
  }

  private lastAsked<Kind extends GenerationChange['kind']>(kind: Kind) {
    return this.asked.value.findLast(
      (change): change is Extract<GenerationChange, { kind: Kind }> => change.kind === kind,
    );
  }

  /** Computes the second lane of the present step, by a request of its own after the step: it never slows the first. */
  private async measure(): Promise<void> {
    const ready = this.ready.peek();
    const { taken, steps } = ready?.state ?? { taken: 0, steps: [] };
    if (ready === undefined || !this.recompute.peek() || steps[taken] === undefined || steps[taken].recomputed) return;
    this.measuring?.cancel();
    const measuring = new CancellationTokenSource();
    this.measuring = measuring;
    try {
      const request = { generation: ready.origin.generation, change: { kind: 'recompute' } } as const;
      const snapshot = await this.host.change(request, measuring.token);
      if (!measuring.token.isCancellationRequested) this.receive(snapshot);
    } catch (error) {
      if (!measuring.token.isCancellationRequested) this.problem.value = failureOf(error);
    }
  }

  /** Heads of a model with fewer of them are not kept. */
  private adoptHeads({ origin }: Ready): void {
    if (!missingHead(this.heads.peek(), origin.model)) return;
    this.heads.value = MEAN_OF_ALL;
    this.lastHead.value = { layer: 0, head: 0 };
  }
}

/** Milliseconds of the latest pass over the whole text that was measured: the second lane's, else the prompt's. */
function wholePass(ready: Ready | undefined): number {
  const steps = ready?.state.steps ?? [];
  const measured = steps.findLast(({ recomputed }) => recomputed);
  return measured?.recomputed?.milliseconds ?? steps[0]?.cached.milliseconds ?? 0;
}

function generationOf(snapshot: GenerationSnapshot | undefined): number | string | undefined {
  return snapshot?.kind === 'ready' ? snapshot.origin.generation : snapshot?.kind;
}

/** What the host would not take back is not kept. */
function keepable(point: GenerationRestorePoint | undefined): GenerationRestorePoint | undefined {
  const fits = point && point.prompt.text.length <= LONGEST_PROMPT && point.tokens.length <= MOST_RESUMED;
  return fits ? point : undefined;
}
