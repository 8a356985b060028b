import { firstChanged } from '../../../src/attention/ablation.ts';
import type { Ablation, PassWork } from '../../../src/protocol/inspection.ts';

/**
 * Milliseconds that ablations will take, from what others of their kind took. An ablation runs the positions from the
 * first that it changes to the query, and takes a part of its own and a part for each of them: the untouched prediction,
 * which runs the query alone, tells the two apart. Models without a cache run the whole text each time. Medians, since
 * a first pass takes longer than those behind it.
 *
 * @param measured at least one
 */
export function expectedTime(
  left: readonly Ablation[],
  query: number,
  baseline: PassWork,
  measured: readonly PassWork[],
): number {
  const typical = median(measured.map(({ milliseconds }) => milliseconds));
  const longer = measured.filter(({ positions }) => positions > 1);
  if (baseline.positions > 1 || longer.length === 0) return left.length * typical;
  const most = median(longer.map(({ milliseconds, positions }) => milliseconds / positions));
  const slopes = longer.map(({ milliseconds, positions }) => (milliseconds - baseline.milliseconds) / (positions - 1));
  const perPosition = Math.max(0, Math.min(median(slopes), most));
  const own = median(measured.map(({ milliseconds, positions }) => milliseconds - positions * perPosition));
  const positions = left.reduce((sum, ablation) => sum + query + 1 - firstChanged(ablation, query), 0);
  return left.length * own + positions * perPosition;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
