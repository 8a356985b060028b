import { computed, type ReadonlySignal, type Signal } from '@preact/signals';
import type { Pooling } from '../../../src/protocol/run.ts';
import { LOADING, type Loaded } from '../../shared/loaded.ts';
import type { CellPlace, Hit, View } from '../../shared/matrix/frame.ts';
import type { MatrixModel } from '../../shared/matrix/matrixModel.ts';
import type { Marks } from '../../shared/matrix/overlayPaint.ts';
import type { Weights } from '../../shared/matrix/weights.ts';
import type { Scale } from '../../shared/ramp.ts';
import type { Explained } from '../../shared/text/explained.ts';
import { strongestPartner } from '../components/cellWords.ts';
import { cellOf, hoverCell, hoverToken, pairOf, type Hover } from './hover.ts';
import type { PanelStore } from './store.ts';

/** The panel's matrix: the pinned token's row or column, in the heads that the panel looks at. */
export class PanelMatrix implements MatrixModel {
  readonly matrixView: Signal<View>;
  readonly scale: ReadonlySignal<Scale>;
  readonly sinkApart: ReadonlySignal<boolean>;
  readonly pooling: ReadonlySignal<Pooling>;
  readonly weights: ReadonlySignal<Weights | undefined>;
  readonly peak: ReadonlySignal<Loaded<number>>;
  readonly marks: ReadonlySignal<Marks>;
  readonly profiled: ReadonlySignal<Pick<Marks, 'query' | 'key'>>;
  readonly firstLine: ReadonlySignal<number>;

  constructor(
    private readonly store: PanelStore,
    private readonly explained: Explained,
  ) {
    this.matrixView = store.matrixView;
    this.scale = store.scale;
    this.sinkApart = store.sinkApart;
    this.pooling = store.pooling;
    this.weights = store.weights;
    this.peak = computed(() => store.weights.value?.scaleEnd(store.scale.value, store.sinkApart.value) ?? LOADING);
    this.marks = computed(() => this.marksNow());
    this.profiled = computed(() => {
      const { token, partner } = store.lit.value;
      return store.focus.value.direction === 'looksAt'
        ? { query: token, key: partner }
        : { query: partner, key: token };
    });
    this.firstLine = store.firstLine;
  }

  currentCell(): CellPlace {
    const { store, explained } = this;
    const { token, partner } = store.lit.peek();
    return cellOf(token, partner ?? strongestPartner(store, explained, token) ?? token, store.focus.peek().direction);
  }

  walkTo(cell: CellPlace): void {
    this.store.walkTo(hoverCell(cell));
  }

  pointAt(hit: Hit | undefined): void {
    this.store.setHover(hit && hoverOf(hit));
  }

  /** A cell pins its token and partner, a label its token. */
  choose(hit: Hit): void {
    const { token, partner } = pairOf(hoverOf(hit), this.store.focus.peek().direction);
    this.store.pin(token, partner);
  }

  open(hit: Hit): void {
    this.store.host.reveal(hoverOf(hit).under);
  }

  private marksNow(): Marks {
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
}

function hoverOf(hit: Hit): Hover {
  if (hit.kind === 'cell') return hoverCell(hit);
  return hoverToken(hit.kind === 'row' ? hit.query : hit.key);
}
