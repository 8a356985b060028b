import type { Effect } from '../../../src/protocol/inspection.ts';

export type Column = 'weight' | 'norm' | 'effect' | 'probability';

/** A token of the row with what is known of it. */
export interface TokenRow {
  readonly token: number;
  readonly weight: number | undefined;
  /** Value-weighted norm. */
  readonly norm: number | undefined;
  /** KL divergence in bits. */
  readonly effect: number | undefined;
  /** Of the target without the token. */
  readonly probability: number | undefined;
}

export function tokenRows(
  keys: number,
  weights: ArrayLike<number> | undefined,
  norms: ArrayLike<number> | undefined,
  effects: readonly Pick<Effect, 'probability' | 'divergence'>[],
): readonly TokenRow[] {
  return Array.from({ length: keys }, (_, token) => ({
    token,
    weight: weights?.[token],
    norm: norms?.[token],
    effect: effects[token]?.divergence,
    probability: effects[token]?.probability,
  }));
}

/**
 * Largest first, what is not known yet last; probabilities smallest first, since a small one is what was lost.
 * Among equals the earlier token first.
 */
export function ordered(rows: readonly TokenRow[], by: Column): readonly TokenRow[] {
  const sign = by === 'probability' ? -1 : 1;
  const value = (row: TokenRow): number => (row[by] === undefined ? -Infinity : sign * row[by]);
  return [...rows].sort((a, b) => (value(a) === value(b) ? a.token - b.token : value(b) - value(a)));
}
