import { batch, computed, type ReadonlySignal, signal } from '@preact/signals';
import { missingHead } from '../../../src/attention/headKinds.ts';
import { counterparts, samePast } from '../../../src/attention/sharedWords.ts';
import { cosineByLayer } from '../../../src/attention/similarity.ts';
import type { CompareSnapshot, ContextState, Pair } from '../../../src/protocol/compareWire.ts';
import type { HeadId } from '../../../src/protocol/model.ts';
import type { HeadCombination } from '../../../src/protocol/run.ts';
import { headsOfLayer } from '../../shared/headSelection.ts';
import type { HeadChoice } from '../../shared/HeadPicker.tsx';
import { LOADING, type Loaded } from '../../shared/loaded.ts';
import type { View } from '../../shared/matrix/frame.ts';
import type { Scale } from '../../shared/ramp.ts';
import { type Choice, choicesOf, firstChoice } from '../layout/choices.ts';
import type { CompareHost } from './host.ts';
import { Side } from './side.ts';
import { DEFAULT_VIEW, keyOf, type Layers, type SavedState, type ViewState } from './viewState.ts';

export type SideIndex = 0 | 1;
export type ReadyContext = Extract<ContextState, { kind: 'ready' }>;

/** What is pointed at in one of the texts: a token, or a cell of its matrix. */
export interface Pointed {
  readonly query: number | undefined;
  readonly key: number | undefined;
}

const NOTHING: Pointed = { query: undefined, key: undefined };

/** Two texts that are shown, and what is offered for comparison in them. */
export interface Texts {
  readonly contexts: Pair<ReadyContext>;
  readonly sides: Pair<Side>;
  readonly choices: readonly Choice[];
  /** For each side, which token of the other is the same; −1: none. */
  readonly counterparts: Pair<Int32Array>;
}

/** The view's state and what the user can do to it. */
export class CompareStore implements HeadChoice {
  private readonly latest = signal<CompareSnapshot | undefined>(undefined);
  private readonly shown = signal<Texts | undefined>(undefined);
  private readonly pointed = signal<{ readonly side: SideIndex; readonly at: Pointed } | undefined>(undefined);
  private readonly chosenTokens = signal<Pair<number>>(DEFAULT_VIEW.tokens);
  /** Names the places to which the chosen tokens belong. */
  private key: string;
  private matrices: Pair<View>;
  private readonly chosenHeads = signal<HeadCombination>(DEFAULT_VIEW.heads);

  /** `undefined` until the host answered for the first time. */
  readonly snapshot: ReadonlySignal<CompareSnapshot | undefined> = this.latest;
  /** Both finished runs; the same object as long as they are. */
  readonly texts: ReadonlySignal<Texts | undefined> = this.shown;
  readonly tokens: ReadonlySignal<Pair<number>> = this.chosenTokens;
  readonly heads: ReadonlySignal<HeadCombination> = this.chosenHeads;
  readonly lastHead = signal<HeadId>({ layer: 0, head: 0 });
  readonly layers = signal<Layers>(DEFAULT_VIEW.layers);
  readonly scale = signal<Scale>(DEFAULT_VIEW.scale);
  readonly sinkApart = signal(DEFAULT_VIEW.sinkApart);
  /** Said to screen readers. */
  readonly announcement = signal('');
  /** Cosine of the two chosen tokens in what each layer reads, [layers]. */
  readonly cosines: ReadonlySignal<Loaded<readonly number[]>>;
  /** Value-weighted norms of what the chosen tokens get from each key, [keys] of each text, in the chosen layers' mean. */
  readonly norms: Pair<ReadonlySignal<Loaded<Float32Array>>>;
  /** Upper end of the one colour scale of both matrices. */
  readonly peak: ReadonlySignal<Loaded<number>>;
  /** What the page keeps for a reload; `undefined` while there is nothing to come back to. */
  readonly savedState: ReadonlySignal<SavedState | undefined>;

  constructor(
    readonly host: CompareHost,
    initial: ViewState,
  ) {
    this.chosenTokens.value = initial.tokens;
    this.key = initial.key;
    this.matrices = initial.matrices;
    this.chosenHeads.value = initial.heads;
    this.layers.value = initial.layers;
    this.scale.value = initial.scale;
    this.sinkApart.value = initial.sinkApart;
    this.cosines = computed(() => {
      const texts = this.shown.value;
      if (!texts) return LOADING;
      const [first, second] = this.chosenTokens.value;
      return bothLoaded(texts.sides[0].reads(first), texts.sides[1].reads(second), cosineByLayer);
    });
    this.norms = [computed(() => this.normsOf(0)), computed(() => this.normsOf(1))];
    this.peak = computed(() => {
      if (this.scale.value === 'log') return { kind: 'ready', value: 1 };
      const [first, second] =
        this.shown.value?.sides.map(({ weights }) => weights.value.peak(this.sinkApart.value)) ?? [];
      return first && second ? bothLoaded(first, second, Math.max) : LOADING;
    });
    this.savedState = computed(() => {
      const snapshot = this.latest.value;
      if (snapshot?.kind !== 'open') return undefined;
      const places = placesOf(snapshot);
      return { places, view: this.viewState() };
    });
  }

  /** Takes a snapshot over. Numbers of runs that are no longer shown are dropped if they still come. */
  receive(snapshot: CompareSnapshot): void {
    batch(() => {
      const ready = readyContexts(snapshot);
      if (runsOf(ready) !== runsOf(this.shown.peek()?.contexts)) this.begin(ready);
      else if (ready && this.shown.value) this.shown.value = { ...this.shown.value, contexts: ready };
      this.latest.value = snapshot;
    });
  }

  /** What is lit in a text: what the pointer is on there, or the same words of what it is on in the other one. */
  lit(side: SideIndex): Pointed {
    const pointed = this.pointed.value;
    if (!pointed || pointed.side === side) return pointed?.at ?? NOTHING;
    const { query, key } = pointed.at;
    return { query: this.counterpart(pointed.side, query), key: this.counterpart(pointed.side, key) };
  }

  point(side: SideIndex, at: Pointed | undefined): void {
    const before = this.pointed.peek();
    if (before === at) return;
    if (before && at && before.side === side && before.at.query === at.query && before.at.key === at.key) return;
    this.pointed.value = at && { side, at };
  }

  /** Compares another token of one text. */
  chooseToken(side: SideIndex, token: number): void {
    const [first, second] = this.chosenTokens.peek();
    this.choose(side === 0 ? [token, second] : [first, token]);
  }

  choose(tokens: Pair<number>): void {
    this.chosenTokens.value = tokens;
  }

  chooseHeads(heads: HeadCombination): void {
    this.chosenHeads.value = heads;
    if (heads.kind === 'head') this.lastHead.value = { layer: heads.layer, head: heads.head };
  }

  /** Lets go of what is pointed at, then of a single head or a set of them. */
  escape(): void {
    if (this.pointed.peek()) this.pointed.value = undefined;
    else this.chooseHeads(DEFAULT_VIEW.heads);
  }

  /** Whether nothing that the model can have seen differs between the two chosen tokens. */
  get nothingDiffers(): boolean {
    const texts = this.shown.value;
    if (!texts?.sides[0].explained.causal) return false;
    const [first, second] = texts.sides;
    return samePast(first.explained.tokens, second.explained.tokens, this.chosenTokens.value);
  }

  /** Asks again for all numbers, after some could not be had. */
  retry(): void {
    this.shown.peek()?.sides.forEach((side) => side.retry());
  }

  private normsOf(index: SideIndex): Loaded<Float32Array> {
    const side = this.shown.value?.sides[index];
    if (!side) return LOADING;
    const layers = this.layers.value;
    const heads = layers === 'all' ? 'all' : headsOfLayer(layers, side.explained.grid);
    return side.norms(this.chosenTokens.value[index], { kind: 'mean', heads });
  }

  private counterpart(side: SideIndex, token: number | undefined): number | undefined {
    if (token === undefined) return undefined;
    const chosen = this.chosenTokens.value;
    if (token === chosen[side]) return chosen[side === 0 ? 1 : 0];
    const other = this.shown.value?.counterparts[side][token] ?? -1;
    return other < 0 ? undefined : other;
  }

  /** Turns to two runs, or to none. */
  private begin(contexts: Pair<ReadyContext> | undefined): void {
    this.matrices = this.matrixViews();
    this.shown.peek()?.sides.forEach((side) => side.dispose());
    this.pointed.value = undefined;
    this.shown.value = undefined;
    if (!contexts) return;
    const [first, second] = contexts.map(({ summary }) => new Side(this.host, summary, this.chosenHeads)) as [
      Side,
      Side,
    ];
    const explained: Pair<Side['explained']> = [first.explained, second.explained];
    const choices = choicesOf(explained, first.explained.summary.text === second.explained.summary.text);
    const places: SavedState['places'] = [contexts[0].place, contexts[1].place];
    this.shown.value = {
      contexts,
      sides: [first, second],
      choices,
      counterparts: [counterparts(first.names, second.names), counterparts(second.names, first.names)],
    };
    this.holdHeads(first);
    const [token, other] = this.chosenTokens.peek();
    const key = keyOf(places);
    if (key === this.key && token < first.names.length && other < second.names.length) {
      [first.matrixView.value, second.matrixView.value] = this.matrices;
      return;
    }
    this.key = key;
    this.choose(firstChoice(explained, [places[0].word, places[1].word], choices));
  }

  /** Heads and layers that the model does not have give way to all of them. */
  private holdHeads({ explained: { grid } }: Side): void {
    const heads = this.chosenHeads.peek();
    if (missingHead(heads, grid)) this.chooseHeads(DEFAULT_VIEW.heads);
    const layers = this.layers.peek();
    if (layers !== 'all' && layers >= grid.layers) this.layers.value = 'all';
  }

  private matrixViews(): Pair<View> {
    const [first, second] = this.shown.value?.sides ?? [];
    return first && second ? [first.matrixView.value, second.matrixView.value] : this.matrices;
  }

  private viewState(): ViewState {
    return {
      key: this.key,
      tokens: this.chosenTokens.value,
      heads: this.chosenHeads.value,
      layers: this.layers.value,
      scale: this.scale.value,
      sinkApart: this.sinkApart.value,
      matrices: this.matrixViews(),
    };
  }
}

export function bothLoaded<A, B, C>(first: Loaded<A>, second: Loaded<B>, join: (first: A, second: B) => C): Loaded<C> {
  if (first.kind !== 'ready') return first;
  if (second.kind !== 'ready') return second;
  return { kind: 'ready', value: join(first.value, second.value) };
}

function readyContexts(snapshot: CompareSnapshot): Pair<ReadyContext> | undefined {
  if (snapshot.kind !== 'open') return undefined;
  const [first, second] = snapshot.contexts;
  return first.kind === 'ready' && second.kind === 'ready' ? [first, second] : undefined;
}

function runsOf(contexts: Pair<ReadyContext> | undefined): string | undefined {
  return contexts?.map(({ summary }) => summary.run).join(' ');
}

function placesOf({ contexts: [first, second] }: Extract<CompareSnapshot, { kind: 'open' }>): SavedState['places'] {
  return [first.place, second.place];
}
