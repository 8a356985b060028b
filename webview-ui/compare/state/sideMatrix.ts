import { computed, type ReadonlySignal, signal, type Signal } from '@preact/signals';
import type { Pooling } from '../../../src/protocol/run.ts';
import type { Loaded } from '../../shared/loaded.ts';
import type { CellPlace, Hit, View } from '../../shared/matrix/frame.ts';
import type { MatrixModel } from '../../shared/matrix/matrixModel.ts';
import type { Marks } from '../../shared/matrix/overlayPaint.ts';
import type { Weights } from '../../shared/matrix/weights.ts';
import type { Scale } from '../../shared/ramp.ts';
import type { Side } from './side.ts';
import type { CompareStore, Pointed, SideIndex } from './store.ts';

/** The matrix of one text; both have one colour scale. */
export class SideMatrix implements MatrixModel {
  readonly matrixView: Signal<View>;
  readonly scale: ReadonlySignal<Scale>;
  readonly sinkApart: ReadonlySignal<boolean>;
  readonly pooling = signal<Pooling>('max');
  readonly weights: ReadonlySignal<Weights>;
  readonly peak: ReadonlySignal<Loaded<number>>;
  readonly marks: ReadonlySignal<Marks>;
  readonly profiled = undefined;
  readonly firstLine: ReadonlySignal<number>;

  constructor(
    private readonly store: CompareStore,
    private readonly index: SideIndex,
    private readonly side: Side,
  ) {
    this.matrixView = side.matrixView;
    this.scale = store.scale;
    this.sinkApart = store.sinkApart;
    this.weights = side.weights;
    this.peak = store.peak;
    this.firstLine = computed(() => {
      const snapshot = store.snapshot.value;
      return snapshot?.kind === 'open' ? snapshot.contexts[index].source.firstLine : 1;
    });
    this.marks = computed(() => ({
      direction: 'looksAt',
      causal: side.explained.causal,
      pinned: store.tokens.value[index],
      pinnedCell: undefined,
      ...store.lit(index),
    }));
  }

  currentCell(): CellPlace {
    const lit = this.store.lit(this.index);
    const query = lit.query ?? this.store.tokens.peek()[this.index];
    return { query, key: lit.key ?? query };
  }

  walkTo(cell: CellPlace): void {
    this.store.point(this.index, cell);
  }

  pointAt(hit: Hit | undefined): void {
    this.store.point(this.index, hit && pointedBy(hit));
  }

  /** A row or its label compares its token, a column's label its own. */
  choose(hit: Hit): void {
    this.store.chooseToken(this.index, hit.kind === 'column' ? hit.key : hit.query);
  }

  open(hit: Hit): void {
    const token = hit.kind === 'column' ? hit.key : hit.query;
    this.store.host.reveal({ run: this.side.explained.summary.run, token });
  }
}

function pointedBy(hit: Hit): Pointed {
  return { query: hit.kind === 'column' ? undefined : hit.query, key: hit.kind === 'row' ? undefined : hit.key };
}
