import { computed, effect, type ReadonlySignal } from '@preact/signals';
import type { Explained } from '../text/explained.ts';
import { columnX, frameOf, rowY, type Box, type Frame } from './frame.ts';
import { levelOf, visibleTiles } from './tiles.ts';
import type { Failure } from '../../../src/protocol/failure.ts';
import type { Direction } from '../../../src/protocol/run.ts';
import type { Loaded } from '../loaded.ts';
import type { Measure } from '../measure.ts';
import type { MatrixModel } from './matrixModel.ts';
import type { BoxSize } from '../boxSize.ts';
import { NextFrame } from '../frames.ts';
import { Labels } from './labelPaint.ts';
import { paintMatrix, type ReadyTile } from './matrixPaint.ts';
import { paintOverlay } from './overlayPaint.ts';
import { paintProfiles, type Profiles, showsProfiles } from './profiles.ts';
import { paintContextEnd } from './contextPaint.ts';
import { paintRuler } from './rulerPaint.ts';
import { openSurface } from '../surface.ts';
import type { Theme } from '../theme.ts';
import { TileImages } from './tileImages.ts';

const NARROW = 480;

/** What the visible part of the matrix needs before it can be painted. */
interface Scene {
  readonly tiles: readonly ReadyTile[];
  /** The number at the upper end of the colour scale. */
  readonly peak: number;
  readonly measure: Measure;
}

/** The two canvases of the matrix, repainted when something they show has changed. */
export class MatrixStage {
  readonly box: ReadonlySignal<Box>;
  readonly frame: ReadonlySignal<Frame>;
  readonly state: ReadonlySignal<Loaded<Scene>['kind']>;
  /** Tokens on each side of a pixel's block; 1 where every cell has a pixel of its own. */
  readonly block: ReadonlySignal<number>;
  /** The number at the upper end of the colours that are shown. */
  readonly scaleEnd: ReadonlySignal<number | undefined>;
  /** Why the visible part cannot be painted. */
  readonly failure: ReadonlySignal<Failure | undefined>;
  /** Corner of the first cell in the box, wherever it is scrolled to, and the size of a cell, in CSS pixels. */
  readonly wholePlot: ReadonlySignal<{ readonly x: number; readonly y: number; readonly cell: number }>;
  private readonly scene: ReadonlySignal<Loaded<Scene>>;
  private readonly images = new TileImages();
  private readonly labels: Labels;
  private readonly disposals: (() => void)[];

  constructor(
    private readonly model: MatrixModel,
    private readonly theme: ReadonlySignal<Theme>,
    private readonly size: ReadonlySignal<BoxSize>,
    private readonly explained: Explained,
    private readonly base: HTMLCanvasElement,
    private readonly overlay: HTMLCanvasElement,
  ) {
    this.labels = new Labels(explained);
    const tokens = explained.tokens.length;
    this.box = computed(() => {
      const { width, height } = size.value;
      const context = base.getContext('2d')!;
      const labelWidth = this.labels.width(context, theme.value, width < NARROW ? 72 : 112);
      return { width, height, tokens, labelWidth };
    });
    this.frame = computed(() => frameOf(this.box.value, model.matrixView.value));
    this.wholePlot = computed(() => {
      const shown = this.frame.value;
      return { x: columnX(shown, 0), y: rowY(shown, 0), cell: shown.cell };
    });
    this.block = computed(() => 2 ** levelOf(this.frame.value.cell, size.value.pixelRatio));
    this.scene = computed(() => this.sceneOf(this.frame.value));
    this.scaleEnd = computed(() => (this.scene.value.kind === 'ready' ? this.scene.value.value.peak : undefined));
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
    const { model, frame, scene, theme, size } = this;
    const [shownFrame, shownScene, shownTheme] = [frame.value, scene.value, theme.value];
    const [scale, sinkApart, { width, height }] = [model.scale.value, model.sinkApart.value, size.value];
    const firstLine = model.firstLine.value;
    if (shownScene.kind === 'loading') return;
    next.run(() => {
      const surface = openSurface(this.base, width, height);
      if (!surface || shownScene.kind === 'failed') return;
      const { tiles, peak, measure } = shownScene.value;
      const colouring = { ramp: shownTheme.ramp, scale, peak, causal: this.explained.causal, measure };
      paintMatrix(surface, shownFrame, shownTheme, tiles, this.images, colouring, sinkApart);
      paintContextEnd(surface, shownFrame, shownTheme, this.explained.summary.model.contextLength);
      this.labels.paint(surface, shownFrame, shownTheme, firstLine);
      paintRuler(surface, shownFrame, shownTheme, this.explained.blocks);
    });
  }

  private followOverlay(next: NextFrame): void {
    const [frame, theme, marks, { width, height }] = [
      this.frame.value,
      this.theme.value,
      this.model.marks.value,
      this.size.value,
    ];
    const profiles = showsProfiles(frame) ? this.profiles() : undefined;
    next.run(() => {
      const surface = openSurface(this.overlay, width, height);
      if (!surface) return;
      if (profiles) paintProfiles(surface, frame, theme, profiles);
      paintOverlay(surface, frame, theme, this.labels, marks);
    });
  }

  /** As far as their numbers are there. */
  private profiles(): Profiles {
    const weights = this.model.weights.value;
    const { query, key } = this.model.profiled.value;
    const line = (token: number | undefined, direction: Direction): Float32Array | undefined => {
      const loaded = token === undefined ? undefined : weights?.line(token, direction);
      return loaded?.kind === 'ready' ? loaded.value : undefined;
    };
    return { row: line(query, 'looksAt'), column: line(key, 'lookedAtBy') };
  }

  private sceneOf(frame: Frame): Loaded<Scene> {
    const weights = this.model.weights.value;
    if (!weights) return { kind: 'loading' };
    const wanted = visibleTiles(frame, this.size.value.pixelRatio, this.explained.causal);
    const pooling = this.model.pooling.value;
    const tiles = wanted.map((address) => ({ address, slice: weights.tile(address, pooling) }));
    const peak = this.model.peak.value;
    const failure = [...tiles.map(({ slice }) => slice), peak].map(failureIn).find((found) => found !== undefined);
    if (failure) return { kind: 'failed', failure };
    if (peak.kind !== 'ready') return { kind: 'loading' };
    const ready = tiles.flatMap(({ address, slice }) =>
      slice.kind === 'ready' ? [{ address, slice: slice.value }] : [],
    );
    if (ready.length === 0) return { kind: 'loading' };
    const averaged = pooling === 'mean' && this.block.value > 1 && this.model.scale.value === 'linear';
    // The largest weight would leave means in the dark.
    const end = averaged ? largestShown(ready, this.model.sinkApart.value) : peak.value;
    return { kind: 'ready', value: { tiles: ready, peak: end, measure: weights.measure } };
  }
}

/** The largest number of the tiles, without the first column of the matrix where it is set apart. */
function largestShown(tiles: readonly ReadyTile[], sinkApart: boolean): number {
  let largest = 0;
  for (const { address, slice } of tiles) {
    const first = sinkApart && address.columns.start === 0 ? 1 : 0;
    for (let row = 0; row < slice.rows; row++) {
      for (let column = first; column < slice.columns; column++) {
        largest = Math.max(largest, slice.data[row * slice.columns + column]!);
      }
    }
  }
  return largest || 1;
}

function failureIn(loaded: Loaded<unknown>): Failure | undefined {
  return loaded.kind === 'failed' ? loaded.failure : undefined;
}
