import type { RestorePoint } from '../../../src/protocol/panelWire.ts';
import type { Pooling } from '../../../src/protocol/run.ts';
import type { Scale } from '../../shared/ramp.ts';
import { FIT, type View } from '../../shared/matrix/frame.ts';
import { property, savedMatrixView } from '../../shared/saved.ts';

/** What the inspector tells of the shown token. */
export const inspectorTabs = ['weights', 'steps', 'effect', 'cost'] as const;
export type InspectorTab = (typeof inspectorTabs)[number];

/** What the view keeps over a reload beside the restore point. */
export interface ViewState {
  readonly scale: Scale;
  readonly sinkApart: boolean;
  readonly pooling: Pooling;
  readonly matrix: View;
  readonly tab: InspectorTab;
  readonly headSort: HeadSort;
}

/** How the pictures of the heads are arranged: by layer, or those first that are most unusual on this text. */
export type HeadSort = 'layer' | 'unusual';

/** What the page hands to VS Code for a reload. */
export interface SavedState {
  readonly restore: RestorePoint;
  readonly view: ViewState;
}

export const DEFAULT_VIEW: ViewState = {
  scale: 'linear',
  sinkApart: true,
  pooling: 'max',
  matrix: FIT,
  tab: 'weights',
  headSort: 'layer',
};

/** Reads what an earlier version of the view may have kept: anything unknown falls back to the default. */
export function viewStateOf(state: unknown): ViewState {
  const view = property(state, 'view');
  const scale = property(view, 'scale');
  const sinkApart = property(view, 'sinkApart');
  return {
    scale: scale === 'log' || scale === 'linear' ? scale : DEFAULT_VIEW.scale,
    sinkApart: typeof sinkApart === 'boolean' ? sinkApart : DEFAULT_VIEW.sinkApart,
    pooling: property(view, 'pooling') === 'mean' ? 'mean' : DEFAULT_VIEW.pooling,
    matrix: savedMatrixView(property(view, 'matrix')),
    tab: inspectorTabs.find((tab) => tab === property(view, 'tab')) ?? DEFAULT_VIEW.tab,
    headSort: property(view, 'headSort') === 'unusual' ? 'unusual' : DEFAULT_VIEW.headSort,
  };
}
