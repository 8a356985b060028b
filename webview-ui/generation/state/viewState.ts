import type { GenerationRestorePoint } from '../../../src/protocol/generationViewWire.ts';
import { property } from '../../shared/saved.ts';

export const SECTIONS = ['tokens', 'step', 'cache', 'row', 'growth'] as const;
export type SectionId = (typeof SECTIONS)[number];

export const SPEEDS = ['0.5', '1', '2', '4', 'max'] as const;
export type Speed = (typeof SPEEDS)[number];

/** Milliseconds to rest after a step. */
export function restOf(speed: Speed): number {
  return speed === 'max' ? 0 : 1000 / Number(speed);
}

/** What the view keeps for itself beside the restore point. */
export interface ViewState {
  /** Sections that are folded. */
  readonly folded: readonly SectionId[];
  readonly speed: Speed;
  /** Whether the second lane is computed. */
  readonly recompute: boolean;
}

/** What the page hands to VS Code for a reload. */
export interface SavedState {
  readonly restore: GenerationRestorePoint | undefined;
  readonly view: ViewState;
}

export const DEFAULT_VIEW: ViewState = { folded: [], speed: '2', recompute: true };

/** Reads what an earlier version of the view may have kept: anything unknown falls back to the default. */
export function viewStateOf(state: unknown): ViewState {
  const view = property(state, 'view');
  const folded = property(view, 'folded');
  const recompute = property(view, 'recompute');
  return {
    folded: SECTIONS.filter((id) => Array.isArray(folded) && folded.includes(id)),
    speed: SPEEDS.find((speed) => speed === property(view, 'speed')) ?? DEFAULT_VIEW.speed,
    recompute: typeof recompute === 'boolean' ? recompute : DEFAULT_VIEW.recompute,
  };
}
