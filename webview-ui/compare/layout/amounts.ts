const MINUS = '\u2212';

/** A cosine with three decimals. */
export function cosineText(cosine: number): string {
  if (!Number.isFinite(cosine)) return '–';
  return cosine.toFixed(3).replace('-', MINUS);
}

/** Where an axis of cosines that ends at 1 begins, so that the numbers can be told apart. */
export function axisFrom(cosines: readonly number[]): number {
  const lowest = Math.min(...cosines.filter(Number.isFinite));
  return [0.9, 0.5, 0].find((start) => lowest >= start) ?? -1;
}

export function axisText(end: number): string {
  return String(end).replace('-', MINUS);
}

export interface Ranked {
  readonly token: number;
  readonly amount: number;
  /** Position relative to the token whose list it is; negative is earlier. */
  readonly distance: number;
}

/** The tokens by their amounts, [tokens], largest first; among equals the nearer one first. */
export function ranked(amounts: Float32Array, token: number): readonly Ranked[] {
  return Array.from(amounts, (amount, other) => ({ token: other, amount, distance: other - token })).sort(
    (a, b) => b.amount - a.amount || Math.abs(a.distance) - Math.abs(b.distance),
  );
}
