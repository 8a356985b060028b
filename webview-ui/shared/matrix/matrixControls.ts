import { computed, signal, type ReadonlySignal } from '@preact/signals';
import { type CellPlace, centred, FIT, zoomed, type View } from './frame.ts';
import type { MatrixStage } from './matrixStage.ts';
import type { MatrixModel } from './matrixModel.ts';

export const ZOOM_STEP = 1.5;

/** Zooms the matrix from outside of it. */
export class MatrixControls {
  private readonly stage = signal<MatrixStage | undefined>(undefined);

  readonly isZoomed: ReadonlySignal<boolean> = computed(() => (this.stage.value?.frame.value.view.zoom ?? 1) > 1);
  /** Whether the cells could be larger than they are. */
  readonly canZoomIn: ReadonlySignal<boolean> = computed(() => {
    const stage = this.stage.value;
    return stage !== undefined && zoomBy(stage, ZOOM_STEP).zoom > stage.frame.value.view.zoom;
  });

  /** Tokens on each side of a pixel's block. */
  readonly block: ReadonlySignal<number> = computed(() => this.stage.value?.block.value ?? 1);

  constructor(private readonly model: Pick<MatrixModel, 'matrixView'>) {}

  attach(stage: MatrixStage): void {
    this.stage.value = stage;
  }

  detach(): void {
    this.stage.value = undefined;
  }

  zoom(factor: number): void {
    const stage = this.stage.peek();
    if (stage) this.model.matrixView.value = zoomBy(stage, factor);
  }

  /** Moves a cell into the middle. */
  centre(cell: CellPlace): void {
    const stage = this.stage.peek();
    if (stage) this.model.matrixView.value = centred(stage.frame.peek(), cell);
  }

  fit(): void {
    this.model.matrixView.value = FIT;
  }
}

/** The view zoomed about the middle of the plot. */
export function zoomBy(stage: MatrixStage, factor: number): View {
  const frame = stage.frame.value;
  const { x, y, width, height } = frame.plot;
  return zoomed(stage.box.value, frame, factor, { x: x + width / 2, y: y + height / 2 });
}
