import { rankCorrelation } from './rankCorrelation.ts';

/** Fewer pairs order themselves alike by chance too easily for a word about it. */
export const FEWEST_PAIRS = 5;

/** From these rank correlations on two quantities agree closely, or in part; below the negated last, they oppose. */
export const AGREEMENT = { closely: 0.8, partly: 0.5, little: 0.2 };

/** How far two quantities order the same things alike, from their numbers alone; the view puts it in words. */
export type Agreement =
  | { readonly kind: 'tooFew'; readonly count: number }
  /** One of the two is the same everywhere: it orders nothing. */
  | { readonly kind: 'noOrder'; readonly count: number }
  | {
      readonly kind: 'closely' | 'partly' | 'little' | 'hardly' | 'opposed';
      readonly correlation: number;
      readonly count: number;
    };

/** @param a as many numbers as `b` */
export function agreementOf(a: ArrayLike<number>, b: ArrayLike<number>): Agreement {
  const count = a.length;
  if (count < FEWEST_PAIRS) return { kind: 'tooFew', count };
  const correlation = rankCorrelation(a, b);
  if (correlation === undefined) return { kind: 'noOrder', count };
  if (correlation >= AGREEMENT.closely) return { kind: 'closely', correlation, count };
  if (correlation >= AGREEMENT.partly) return { kind: 'partly', correlation, count };
  if (correlation >= AGREEMENT.little) return { kind: 'little', correlation, count };
  return { kind: correlation <= -AGREEMENT.little ? 'opposed' : 'hardly', correlation, count };
}
