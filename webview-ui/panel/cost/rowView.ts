import type { RecomputedRow } from '../../../src/attention/steps.ts';
import type { RowSteps } from '../../../src/protocol/inspection.ts';
import type { Loaded } from '../../shared/loaded.ts';
import type { RunPanel, TokenPanel } from '../components/panel.ts';
import type { ShownRow } from '../steps/shownRow.ts';

/** What sections about the shown row work on. */
export interface RowPanel extends TokenPanel {
  readonly shown: Loaded<ShownRow>;
}

/** What other ways to compute a row work on. */
export interface RowView extends RunPanel {
  readonly query: number;
  readonly row: RowSteps;
  readonly recomputed: RecomputedRow;
}
