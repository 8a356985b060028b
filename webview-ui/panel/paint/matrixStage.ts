import { computed, effect, type ReadonlySignal } from '@preact/signals';
import type { Explained } from '../layout/explained.ts';
import { columnX, frameOf, rowY, type Box, type Frame } from '../layout/frame.ts';
import { visibleTiles } from '../layout/tiles.ts';
import type { Failure } from '../../../src/protocol/failure.ts';
import { cellOf } from '../state/hover.ts';
import type { Loaded } from '../../shared/loaded.ts';
import type { PanelStore } from '../state/store.ts';
import type { BoxSize } from '../../shared/boxSize.ts';
import { NextFrame } from '../../shared/frames.ts';
import { Labels } from './labelPaint.ts';
import { paintMatrix, type ReadyTile } from './matrixPaint.ts';
import { paintOverlay, type Marks } from './overlayPaint.ts';
import { openSurface } from '../../shared/surface.ts';
import type { Theme } from '../../shared/theme.ts';
import { TileImages } from './tileImages.ts';

const NARROW = 480;

/** What the visible part of the matrix needs before it can be painted. */
interface Scene {
  readonly tiles: readonly ReadyTile[];
  readonly peak: number;
}

/** The two canvases of the matrix, repainted when something they show has changed. */
export class MatrixStage {
  readonly box: ReadonlySignal<Box>;
  readonly frame: ReadonlySignal<Frame>;
  readonly state: ReadonlySignal<Loaded<Scene>['kind']>;
  /** Why the visible part cannot be painted. */
  readonly failure: ReadonlySignal<Failure | undefined>;
  /** Corner of the first cell in the box, wherever it is scrolled to, and the size of a cell, in CSS pixels. */
  readonly wholePlot: ReadonlySignal<{ readonly x: number; readonly y: number; readonly cell: number }>;
  private readonly scene: ReadonlySignal<Loaded<Scene>>;
  private readonly images = new TileImages();
  private readonly labels: Labels;
  private readonly disposals: (() => void)[];

  constructor(
    private readonly store: PanelStore,
    private readonly theme: ReadonlySignal<Theme>,
    private readonly size: ReadonlySignal<BoxSize>,
    private readonly explained: Explained,
    private readonly base: HTMLCanvasElement,
    private readonly overlay: HTMLCanvasElement,
  ) {
    this.labels = new Labels(explained.names, explained.lineStarts);
    const tokens = explained.tokens.length;
    this.box = computed(() => {
      const { width, height } = size.value;
      const context = base.getContext('2d')!;
      const labelWidth = this.labels.width(context, theme.value, width < NARROW ? 72 : 112);
      return { width, height, tokens, labelWidth };
    });
    this.frame = computed(() => frameOf(this.box.value, store.matrixView.value));
    this.wholePlot = computed(() => {
      const shown = this.frame.value;
      return { x: columnX(shown, 0), y: rowY(shown, 0), cell: shown.cell };
    });
    this.scene = computed(() => this.sceneOf(this.frame.value));
    this.state = computed(() => this.scene.value.kind);
    this.failure = computed(() => {
      const scene = this.scene.value;
      return scene.kind === 'failed' ? scene.failure : undefined;
    });
    const below = new NextFrame();
    const above = new NextFrame();
    this.disposals = [
      effect(() => this.followBase(below)),
      effect(() => this.followOverlay(above)),
      () => below.cancel(),
      () => above.cancel(),
    ];
  }

  dispose(): void {
    for (const dispose of this.disposals) dispose();
  }

  /** While numbers are under way the picture before stays; a failure clears it. */
  private followBase(next: NextFrame): void {
    const { store, frame, scene, theme, size } = this;
    const [shownFrame, shownScene, shownTheme] = [frame.value, scene.value, theme.value];
    const [scale, sinkApart, { width, height }] = [store.scale.value, store.sinkApart.value, size.value];
    if (shownScene.kind === 'loading') return;
    next.run(() => {
      const surface = openSurface(this.base, width, height);
      if (!surface || shownScene.kind === 'failed') return;
      const { tiles, peak } = shownScene.value;
      const colouring = { ramp: shownTheme.ramp, scale, peak, causal: this.explained.causal };
      paintMatrix(surface, shownFrame, shownTheme, tiles, this.images, colouring, sinkApart);
      this.labels.paint(surface, shownFrame, shownTheme);
    });
  }

  private followOverlay(next: NextFrame): void {
    const [frame, theme, marks, { width, height }] = [
      this.frame.value,
      this.theme.value,
      this.marks(),
      this.size.value,
    ];
    next.run(() => {
      const surface = openSurface(this.overlay, width, height);
      if (surface) paintOverlay(surface, frame, theme, this.labels, marks);
    });
  }

  private marks(): Marks {
    const { direction, token, partner } = this.store.focus.value;
    const hover = this.store.hover.value;
    const looksAt = direction === 'looksAt';
    const alone = hover?.kind === 'token' ? hover.token : undefined;
    return {
      direction,
      causal: this.explained.causal,
      pinned: token,
      pinnedCell: token !== undefined && partner !== undefined ? cellOf(token, partner, direction) : undefined,
      query: hover?.kind === 'cell' ? hover.query : looksAt ? alone : undefined,
      key: hover?.kind === 'cell' ? hover.key : looksAt ? undefined : alone,
    };
  }

  private sceneOf(frame: Frame): Loaded<Scene> {
    const weights = this.store.weights.value;
    if (!weights) return { kind: 'loading' };
    const wanted = visibleTiles(frame, this.size.value.pixelRatio, this.explained.causal);
    const tiles = wanted.map((address) => ({ address, slice: weights.tile(address) }));
    const peak = this.store.scale.value === 'log' ? 1 : weights.peak(this.store.sinkApart.value);
    const failure = [...tiles.map(({ slice }) => slice), peak].map(failureIn).find((found) => found !== undefined);
    if (failure) return { kind: 'failed', failure };
    if (typeof peak === 'object' && peak.kind !== 'ready') return { kind: 'loading' };
    const ready = tiles.flatMap(({ address, slice }) =>
      slice.kind === 'ready' ? [{ address, slice: slice.value }] : [],
    );
    if (ready.length === 0) return { kind: 'loading' };
    return { kind: 'ready', value: { tiles: ready, peak: typeof peak === 'number' ? peak : peak.value } };
  }
}

function failureIn(loaded: Loaded<unknown> | number): Failure | undefined {
  return typeof loaded === 'object' && loaded.kind === 'failed' ? loaded.failure : undefined;
}
