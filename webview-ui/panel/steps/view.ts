import type { RecomputedRow } from '../../../src/attention/steps.ts';
import type { RowSteps } from '../../../src/protocol/inspection.ts';
import type { HeadId } from '../../../src/protocol/model.ts';
import type { RunPanel } from '../components/panel.ts';

/** What every step works on. */
export interface StepsView extends RunPanel {
  readonly head: HeadId;
  readonly query: number;
  /** The key that the steps are told of. */
  readonly target: number;
  readonly row: RowSteps;
  readonly recomputed: RecomputedRow;
  /** Previews a key. */
  readonly onPoint: (key: number | undefined) => void;
  readonly onPick: (key: number) => void;
}
