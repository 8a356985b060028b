import { computed, effect, type ReadonlySignal, signal } from '@preact/signals';
import type { Explained } from '../text/explained.ts';
import { columnX, FIT, frameOf, rowY, type Box, type Frame } from './frame.ts';
import { levelOf, MOST_IN_ONE_TILE } from './tiles.ts';
import type { Failure } from '../../../src/protocol/failure.ts';
import type { Direction } from '../../../src/protocol/run.ts';
import type { Loaded } from '../loaded.ts';
import type { MatrixModel } from './matrixModel.ts';
import type { BoxSize } from '../boxSize.ts';
import { NextFrame } from '../frames.ts';
import { Labels } from './labelPaint.ts';
import { paintMatrix } from './matrixPaint.ts';
import { type Scene, SceneBuilder } from './matrixScene.ts';
import { Motion } from './motion.ts';
import { type Marks, paintOverlay } from './overlayPaint.ts';
import { paintProfiles, PROFILE_DEPTH, type Profiles } from './profiles.ts';
import { paintContextEnd, paintSelectionStart } from './contextPaint.ts';
import { paintRuler } from './rulerPaint.ts';
import { openSurface } from '../surface.ts';
import type { Theme } from '../theme.ts';
import { TileImages } from './tileImages.ts';

const NARROW = 480;
/** Room for labels: far away, those of a map are numbers of lines. */
const MOST_LABEL = { text: { wide: 112, narrow: 72 }, map: { wide: 72, narrow: 48 } };

type Lines = Pick<Marks, 'query' | 'key'>;
const NO_LINES: ReadonlySignal<Lines> = signal({ query: undefined, key: undefined });

/** The two canvases of the matrix, repainted when something they show has changed. */
export class MatrixStage {
  readonly box: ReadonlySignal<Box>;
  readonly frame: ReadonlySignal<Frame>;
  /** Ready once all that is seen is there; what is at hand is painted before. */
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
  /** The row and the column for profiles: a column passed by the pointer is not asked for. */
  private readonly atRest: ReadonlySignal<Lines>;
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
      const most = MOST_LABEL[tokens > MOST_IN_ONE_TILE ? 'map' : 'text'][width < NARROW ? 'narrow' : 'wide'];
      const labelWidth = this.labels.width(context, theme.value, most);
      return { width, height, tokens, labelWidth, profiles: model.profiled ? PROFILE_DEPTH : 0 };
    });
    this.frame = computed(() => frameOf(this.box.value, model.matrixView.value));
    this.wholePlot = computed(() => {
      const shown = this.frame.value;
      return { x: columnX(shown, 0), y: rowY(shown, 0), cell: shown.cell };
    });
    this.block = computed(() => 2 ** levelOf(this.frame.value.cell, size.value.pixelRatio));
    const motion = new Motion(model.matrixView);
    const builder = new SceneBuilder(model);
    const { profiled = NO_LINES } = model;
    const pointing = new Motion(profiled);
    let last = profiled.peek();
    this.atRest = computed(() => {
      if (!pointing.isMoving.value) last = profiled.value;
      return last;
    });
    const coarsest = computed(() => levelOf(frameOf(this.box.value, FIT).cell, size.value.pixelRatio));
    this.scene = computed(() =>
      builder.scene({
        frame: this.frame.value,
        pixelRatio: size.value.pixelRatio,
        causal: explained.causal,
        isMoving: motion.isMoving.value,
        coarsest: coarsest.value,
      }),
    );
    this.scaleEnd = computed(() => (this.scene.value.kind === 'ready' ? this.scene.value.value.peak : undefined));
    this.state = computed(() => {
      const scene = this.scene.value;
      return scene.kind === 'ready' && !scene.value.isComplete ? 'loading' : scene.kind;
    });
    this.failure = computed(() => {
      const scene = this.scene.value;
      return scene.kind === 'failed' ? scene.failure : undefined;
    });
    const below = new NextFrame();
    const above = new NextFrame();
    this.disposals = [
      effect(() => this.followBase(below)),
      effect(() => this.followOverlay(above)),
      () => motion.dispose(),
      () => pointing.dispose(),
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
      paintSelectionStart(surface, shownFrame, shownTheme, this.explained.precedingTokens);
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
    const profiles = frame.profiles > 0 ? this.profiles() : undefined;
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
    const { query, key } = this.atRest.value;
    const line = (token: number | undefined, direction: Direction): Float32Array | undefined => {
      const loaded = token === undefined ? undefined : weights?.line(token, direction);
      return loaded?.kind === 'ready' ? loaded.value : undefined;
    };
    return { row: line(query, 'looksAt'), column: line(key, 'lookedAtBy') };
  }
}
