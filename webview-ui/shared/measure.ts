import type { SliceRequest } from '../../src/protocol/run.ts';
import { FOLDED_WEIGHT, scientific, weightText } from './numbers.ts';

/**
 * What the numbers of a matrix are. `weight` and `rollout`: shares, from 0 to 1. `norm`: the length of a vector, in the
 * model's own scale.
 */
export type Measure = 'weight' | 'rollout' | 'norm';

export function measureOf({ heads, quantity }: Pick<SliceRequest, 'heads' | 'quantity'>): Measure {
  if (quantity === 'valueNorm') return 'norm';
  return heads.kind === 'rollout' ? 'rollout' : 'weight';
}

export function isShare(measure: Measure): boolean {
  return measure !== 'norm';
}

export function valueText(value: number, measure: Measure): string {
  return isShare(measure) ? weightText(value) : normText(value);
}

/** A number in a cell of the matrix, in as few characters as tell it from its neighbours. */
export function cellText(value: number, measure: Measure): string {
  if (!isShare(measure)) return value >= 10 ? value.toFixed(0) : value.toPrecision(2).replace(/^0\./, '.');
  return value >= 0.995 ? '1' : value.toFixed(2).slice(1);
}

/** From this value on a cell prints its number: a share, or a part of the largest norm. */
export function printedFrom(measure: Measure, peak: number): number {
  return 0.045 * (isShare(measure) ? 1 : peak);
}

/** Values below this are folded away: shares that print as nothing, norms of which two thousand make the largest. */
export function foldedBelow(measure: Measure, largest: number): number {
  return isShare(measure) ? FOLDED_WEIGHT : largest * FOLDED_WEIGHT;
}

/** Three significant digits. */
function normText(norm: number): string {
  if (norm === 0) return '0';
  if (norm < 0.001) return scientific(norm);
  return norm >= 100 ? norm.toFixed(0) : norm.toPrecision(3);
}
