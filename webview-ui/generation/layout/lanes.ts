import type { GenerationState, StepFigures, Work } from '../../../src/protocol/generation.ts';

/** Both lanes of one step, as far as they are known. */
export interface LanePoint {
  readonly cached: number;
  readonly recomputed: number | undefined;
}

export interface LaneTotals {
  /** Over all steps up to the pointer. */
  readonly cached: Totals;
  /** Over those steps in which the second lane was computed. */
  readonly recomputed: Totals;
  /** The first lane over the same steps: what the second is compared with. */
  readonly beside: Totals;
}

interface Totals {
  readonly steps: number;
  readonly operations: number;
  readonly milliseconds: number;
}

/** Milliseconds of both lanes in each step of the present line. */
export function laneTimes({ steps }: GenerationState): readonly LanePoint[] {
  return steps.map(({ cached, recomputed }) => ({
    cached: cached.milliseconds,
    recomputed: recomputed?.milliseconds,
  }));
}

export function laneTotals({ steps, taken }: GenerationState): LaneTotals {
  const past = steps.slice(0, taken + 1);
  const measured = past.filter(hasRecomputed);
  return {
    cached: sum(past.map(({ cached }) => cached)),
    recomputed: sum(measured.map(({ recomputed }) => recomputed)),
    beside: sum(measured.map(({ cached }) => cached)),
  };
}

/** A line through points of a box, as an SVG path; unknown points leave gaps. */
export function chartPath(
  values: readonly (number | undefined)[],
  largest: number,
  box: { readonly width: number; readonly height: number },
): string {
  let path = '';
  let isOpen = false;
  values.forEach((value, place) => {
    if (value === undefined) {
      isOpen = false;
      return;
    }
    const x = chartX(place, values.length, box.width);
    const y = box.height * (1 - (largest === 0 ? 0 : value / largest));
    path += `${isOpen ? 'L' : 'M'}${x.toFixed(1)} ${y.toFixed(1)}`;
    // A point alone is drawn as a short stroke.
    if (!isOpen && values[place + 1] === undefined) path += `h3`;
    isOpen = true;
  });
  return path;
}

export function chartX(place: number, count: number, width: number): number {
  return count < 2 ? width / 2 : (place / (count - 1)) * width;
}

function hasRecomputed(
  step: StepFigures,
): step is StepFigures & { readonly recomputed: NonNullable<StepFigures['recomputed']> } {
  return step.recomputed !== undefined;
}

function sum(works: readonly Work[]): Totals {
  return {
    steps: works.length,
    operations: works.reduce((total, { operations }) => total + operations, 0),
    milliseconds: works.reduce((total, { milliseconds }) => total + milliseconds, 0),
  };
}
