import type { ReadonlySignal, Signal } from '@preact/signals';
import type { Pooling } from '../../../src/protocol/run.ts';
import type { Loaded } from '../loaded.ts';
import type { Scale } from '../ramp.ts';
import type { CellPlace, Hit, View } from './frame.ts';
import type { Marks } from './overlayPaint.ts';
import type { Weights } from './weights.ts';

/** What a matrix shows, and what its user does to it. */
export interface MatrixModel {
  readonly matrixView: Signal<View>;
  readonly scale: ReadonlySignal<Scale>;
  readonly sinkApart: ReadonlySignal<boolean>;
  /** How weights are joined where a pixel stands for several. */
  readonly pooling: ReadonlySignal<Pooling>;
  readonly weights: ReadonlySignal<Weights | undefined>;
  /** The largest weight, at the upper end of the colour scale. */
  readonly peak: ReadonlySignal<Loaded<number>>;
  readonly marks: ReadonlySignal<Marks>;
  /** The row and the column whose profiles stand at the edges; `undefined` where there are none. */
  readonly profiled: ReadonlySignal<Pick<Marks, 'query' | 'key'>> | undefined;
  /** 1-based number of the document's line in which the text begins. */
  readonly firstLine: ReadonlySignal<number>;
  /** The cell that the next key starts from. */
  currentCell(): CellPlace;
  walkTo(cell: CellPlace): void;
  /** What the pointer is on. */
  pointAt(hit: Hit | undefined): void;
  /** A click, or Enter. */
  choose(hit: Hit): void;
  /** A double click. */
  open(hit: Hit): void;
}
