import { batch, computed, signal, type ReadonlySignal } from '@preact/signals';
import { hasNorms, MEAN_OF_ALL, sameSelection } from '../../../src/attention/headKinds.ts';
import type { HeadId } from '../../../src/protocol/model.ts';
import type { Focus, PanelSnapshot } from '../../../src/protocol/panelWire.ts';
import type { Direction, HeadSelection, Pooling, Quantity, RunSummary, TokenRange } from '../../../src/protocol/run.ts';
import { explainedText, firstShown, type Explained } from '../../shared/text/explained.ts';
import { FIT, type View } from '../../shared/matrix/frame.ts';
import type { Scale } from '../../shared/ramp.ts';
import { FocusSync, sameFocus } from './focusSync.ts';
import type { PanelHost } from './host.ts';
import { hoverToken, pairOf, sameHover, type Hover, type Pair } from './hover.ts';
import { RunNumbers } from './runNumbers.ts';
import { DEFAULT_VIEW, type HeadSort, type InspectorTab, type SavedState, type ViewState } from './viewState.ts';
import type { Weights } from '../../shared/matrix/weights.ts';

/** Milliseconds that the pointer rests on a token before the list is about it: passing over must not repaint lists. */
const REST = 60;

/** The tokens in the visible part of the matrix. */
export interface ShownCells {
  readonly rows: TokenRange;
  readonly columns: TokenRange;
}

const NO_FOCUS: Focus = { heads: MEAN_OF_ALL, quantity: 'weight', direction: 'looksAt' };

/** The panel's state and what the user can do to it. */
export class PanelStore {
  private readonly latest = signal<PanelSnapshot | undefined>(undefined);
  private readonly chosen = signal<Focus>(NO_FOCUS);
  private readonly pointed = signal<Hover | undefined>(undefined);
  /** Lit by the editor. */
  private readonly highlighted = signal<number | undefined>(undefined);
  /** The token hovered last: its list stays while the pointer goes there. */
  private readonly remembered = signal<number | undefined>(undefined);
  private rest: ReturnType<typeof setTimeout> | undefined;
  private readonly text = signal<Explained | undefined>(undefined);
  private readonly asked = signal<RunNumbers | undefined>(undefined);
  private readonly sync = new FocusSync();
  /** Nobody has looked at a part of the matrix of this text yet. */
  private isUnmoved: boolean;

  /** `undefined` until the host answered for the first time. */
  readonly snapshot: ReadonlySignal<PanelSnapshot | undefined> = this.latest;
  readonly focus: ReadonlySignal<Focus> = this.chosen;
  readonly scale = signal<Scale>(DEFAULT_VIEW.scale);
  readonly sinkApart = signal(DEFAULT_VIEW.sinkApart);
  /** How weights are joined where a pixel stands for several. */
  readonly pooling = signal<Pooling>(DEFAULT_VIEW.pooling);
  readonly matrixView = signal<View>(FIT);
  readonly guideClosed = signal(false);
  /** The tokens that the matrix shows now; set by who draws it. */
  readonly shownCells = signal<ShownCells | undefined>(undefined);
  /** The number at the upper end of the matrix' colours; set by who draws it. */
  readonly scaleEnd = signal<number | undefined>(undefined);
  readonly tab = signal<InspectorTab>(DEFAULT_VIEW.tab);
  readonly headSort = signal<HeadSort>(DEFAULT_VIEW.headSort);
  readonly checkOpen = signal(false);
  /** The single head to return to from a combination. */
  readonly lastHead = signal<HeadId>({ layer: 0, head: 0 });
  /** Said to screen readers. */
  readonly announcement = signal('');

  /** The run that is shown; the same object as long as the run is the same. */
  readonly explained: ReadonlySignal<Explained | undefined> = this.text;
  readonly numbers: ReadonlySignal<RunNumbers | undefined> = this.asked;
  /** The chosen heads’ numbers, in the chosen quantity. */
  readonly weights: ReadonlySignal<Weights | undefined>;
  readonly hover: ReadonlySignal<Hover | undefined>;
  /** The pinned token, else the one hovered last, else the last of the text: the list is about it. */
  readonly subject: ReadonlySignal<number>;
  /** 1-based number of the document's line in which the text begins. */
  readonly firstLine: ReadonlySignal<number>;
  /** What is lit: the hovered token (and partner), else what is pinned. Heat shows this token's weights. */
  readonly lit: ReadonlySignal<Pair>;
  /** What the page keeps for a reload; `undefined` while there is nothing to come back to. */
  readonly savedState: ReadonlySignal<SavedState | undefined>;

  /** Where the text of the last run that was ready stands. */
  private place: string | undefined;

  constructor(
    readonly host: PanelHost,
    initial: ViewState,
  ) {
    this.scale.value = initial.scale;
    this.sinkApart.value = initial.sinkApart;
    this.pooling.value = initial.pooling;
    this.matrixView.value = initial.matrix;
    this.isUnmoved = initial.matrix === FIT;
    this.tab.value = initial.tab;
    this.headSort.value = initial.headSort;
    const heads = this.selector((focus) => focus.heads, sameSelection);
    const quantity = computed(() => this.chosen.value.quantity);
    this.weights = computed(() => this.asked.value?.weights(heads.value, quantity.value));
    this.hover = computed(() => {
      const fromEditor = this.highlighted.value;
      return this.pointed.value ?? (fromEditor === undefined ? undefined : hoverToken(fromEditor));
    });
    this.subject = computed(() => {
      const { token } = this.chosen.value;
      return token ?? this.remembered.value ?? firstShown(this.explained.value?.tokens ?? []);
    });
    this.firstLine = computed(() => {
      const snapshot = this.latest.value;
      return snapshot?.kind === 'ready' ? snapshot.source.firstLine : 1;
    });
    this.lit = computed(() => {
      const hover = this.hover.value;
      const { direction, partner, token } = this.chosen.value;
      if (hover) return pairOf(hover, direction);
      return { token: this.subject.value, partner: token === undefined ? undefined : partner };
    });
    this.savedState = computed(() => {
      const snapshot = this.latest.value;
      if (!snapshot || snapshot.kind === 'empty') return undefined;
      return {
        restore: snapshot.restore,
        view: {
          scale: this.scale.value,
          sinkApart: this.sinkApart.value,
          pooling: this.pooling.value,
          matrix: this.place === undefined || this.place === placeOf(snapshot) ? this.matrixView.value : FIT,
          tab: this.tab.value,
          headSort: this.headSort.value,
        },
      };
    });
  }

  /** Takes a snapshot over. Numbers of a run that is no longer shown are dropped if they still come. */
  receive(snapshot: PanelSnapshot): void {
    batch(() => {
      // Until another run is ready the numbers of the last one are kept: cancelling brings it back.
      if (snapshot.kind === 'ready') {
        if (this.text.peek()?.summary.run !== snapshot.summary.run) this.begin(snapshot.summary);
        if (this.place !== undefined && this.place !== placeOf(snapshot)) {
          this.matrixView.value = FIT;
          this.isUnmoved = true;
        }
        this.place = placeOf(snapshot);
      } else if (snapshot.kind === 'empty') this.begin(undefined);
      if (snapshot.kind === 'ready' && this.sync.accepts(snapshot.focus)) this.adopt(snapshot.focus);
      this.latest.value = snapshot;
    });
  }

  highlight(token: number | undefined): void {
    const count = this.explained.peek()?.tokens.length ?? 0;
    this.highlighted.value = token !== undefined && token < count ? token : undefined;
  }

  setHover(hover: Hover | undefined): void {
    const before = this.pointed.peek();
    if (sameHover(hover, before)) return;
    clearTimeout(this.rest);
    batch(() => {
      this.pointed.value = hover;
      if (!hover && before) this.remember(before);
    });
    if (hover) this.rest = setTimeout(() => this.remember(hover), REST);
  }

  /** A hover by key: nothing passes over, the list follows at once. */
  walkTo(hover: Hover): void {
    batch(() => {
      this.setHover(hover);
      clearTimeout(this.rest);
      this.remember(hover);
    });
  }

  pin(token: number | undefined, partner?: number): void {
    batch(() => {
      if (token !== undefined) this.remembered.value = token;
      this.change({ ...this.chosen.peek(), token, partner });
    });
  }

  chooseHeads(heads: HeadSelection): void {
    const focus = this.chosen.peek();
    this.change({ ...focus, heads, quantity: hasNorms(heads) ? focus.quantity : 'weight' });
  }

  chooseQuantity(quantity: Quantity): void {
    this.change({ ...this.chosen.peek(), quantity });
  }

  /** Looks at something else altogether, as a guide proposes. */
  turnTo(focus: Focus): void {
    if (focus.token !== undefined) this.remembered.value = focus.token;
    this.change(focus);
  }

  setDirection(direction: Direction): void {
    this.change({ ...this.chosen.peek(), direction, partner: undefined });
  }

  /** Releases one layer: the popover, the hover, the pinned partner, the pinned token, the combination of heads. */
  peel(): void {
    if (this.latest.peek()?.kind !== 'ready') return;
    const { heads, token, partner } = this.chosen.peek();
    if (this.checkOpen.peek()) this.checkOpen.value = false;
    else if (this.pointed.peek()) this.setHover(undefined);
    else if (partner !== undefined) this.pin(token);
    else if (token !== undefined) this.pin(undefined);
    else if (heads.kind !== 'head') this.chooseHeads({ kind: 'head', ...this.lastHead.peek() });
  }

  /** Where the matrix begins with the rows of a selection, whatever precedes it: once, with the box that it has then. */
  beginWithSelection(view: () => View): void {
    if (this.isUnmoved) this.matrixView.value = view();
    this.isUnmoved = false;
  }

  /** Asks again for all numbers, after some could not be had. */
  retry(): void {
    this.askAbout(this.text.peek()?.summary);
  }

  announce(text: string): void {
    this.announcement.value = text;
  }

  /** Calls back with the token to light in the editor, at most once in a frame. */
  onHover(tell: (token: number | undefined) => void): void {
    let frame: number | undefined;
    this.pointed.subscribe(() => {
      frame ??= requestAnimationFrame(() => {
        frame = undefined;
        tell(this.pointed.peek()?.under);
      });
    });
  }

  private remember(hover: Hover): void {
    this.remembered.value = pairOf(hover, this.chosen.peek().direction).token;
  }

  private change(focus: Focus): void {
    if (sameFocus(focus, this.chosen.peek())) return;
    this.adopt(focus);
    this.sync.sent(focus);
    this.host.focus(focus);
  }

  private adopt(focus: Focus): void {
    this.chosen.value = focus;
    if (focus.heads.kind === 'head') this.lastHead.value = { layer: focus.heads.layer, head: focus.heads.head };
  }

  /** Turns to a run, or to none. */
  private begin(summary: RunSummary | undefined): void {
    clearTimeout(this.rest);
    this.sync.reset();
    this.guideClosed.value = false;
    this.pointed.value = undefined;
    this.highlighted.value = undefined;
    this.remembered.value = undefined;
    this.text.value = summary && explainedText(summary);
    this.askAbout(summary);
  }

  private askAbout(summary: RunSummary | undefined): void {
    this.asked.peek()?.dispose();
    this.asked.value = summary && new RunNumbers(this.host, summary);
  }

  private selector<T>(select: (focus: Focus) => T, same: (a: T, b: T) => boolean): ReadonlySignal<T> {
    let kept: T | undefined;
    return computed(() => {
      const next = select(this.chosen.value);
      if (kept === undefined || !same(kept, next)) kept = next;
      return kept;
    });
  }
}

/** Names the explained place in the document. */
function placeOf(snapshot: PanelSnapshot | undefined): string | undefined {
  if (!snapshot || snapshot.kind === 'empty') return undefined;
  const { start, from, uri } = snapshot.restore;
  return `${from === undefined ? 'alone' : 'preceded'} ${start} ${uri}`;
}
