const MINUS = '\u2212';
const NARROW_SPACE = '\u202f';

/** Weights below this are folded away: they would print as 0.000. */
export const FOLDED_WEIGHT = 0.0005;

/** A weight with three decimals; what would round to nothing says so. */
export function weightText(weight: number): string {
  if (weight === 0) return '0';
  return weight < FOLDED_WEIGHT ? '<.0005' : weight.toFixed(3);
}

export interface Percent {
  readonly kind: 'below' | 'over' | 'plain';
  readonly text: string;
}

/** A share as a percentage that claims neither «0» of something nor «100» of not quite all. */
export function percentText(share: number, decimals = 0): Percent {
  const percent = share * 100;
  const smallest = 10 ** -decimals;
  if (percent > 0 && percent < smallest / 2) return { kind: 'below', text: withSign(smallest.toFixed(decimals)) };
  if (percent < 100 && Number(percent.toFixed(decimals)) >= 100) {
    return { kind: 'over', text: withSign((100 - smallest).toFixed(decimals)) };
  }
  return { kind: 'plain', text: withSign(percent.toFixed(decimals)) };
}

/** A share that may be negative, in whole percent or, where small, tenths; what would round to nothing says so. */
export function signedPercent(share: number): string {
  const percent = share * 100;
  const size = Math.abs(percent);
  if (size > 0 && size < 0.05) return withSign('<0.1');
  return withSign(percent.toFixed(size < 9.95 ? 1 : 0).replace('-', MINUS));
}

/** Decimals needed so that different shares don't print as the same percentage: 0 or 1. */
export function percentDecimals(shares: readonly number[]): number {
  const printed = shares.map((share) => (share * 100).toFixed(0));
  const collide = shares.some((share, i) =>
    shares.some((other, j) => i < j && share !== other && printed[i] === printed[j]),
  );
  return collide ? 1 : 0;
}

/** A number of any size with four significant digits. */
export function numberText(value: number): string {
  if (value === 0) return '0';
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value < 0 ? `${MINUS}∞` : '∞';
  const exponent = Math.floor(Math.log10(Math.abs(value)));
  if (exponent < -4 || exponent >= 6) return scientific(value);
  return value.toFixed(Math.max(0, 3 - exponent)).replace('-', MINUS);
}

/** A small error such as 1.2e−7. */
export function scientific(value: number): string {
  return value === 0 ? '0' : value.toExponential(1).replace('+', '').replaceAll('-', MINUS);
}

/** A duration: tenths of a millisecond below 10, whole above, seconds from 10,000. */
export function durationParts(milliseconds: number): { readonly value: string; readonly unit: 'ms' | 's' } {
  if (milliseconds >= 10_000) return { value: (milliseconds / 1000).toFixed(1), unit: 's' };
  return { value: milliseconds < 10 ? milliseconds.toFixed(1) : milliseconds.toFixed(0), unit: 'ms' };
}

/** An estimated duration, no finer than it is known: whole seconds below 10, then steps of 5, then minutes. */
export function roughDuration(milliseconds: number): { readonly value: number; readonly unit: 's' | 'min' } {
  const seconds = Math.max(1, milliseconds / 1000);
  if (seconds >= 95) return { value: Math.max(2, Math.round(seconds / 60)), unit: 'min' };
  return { value: seconds < 10 ? Math.round(seconds) : Math.round(seconds / 5) * 5, unit: 's' };
}

/** A position relative to the pinned token: −9 is nine tokens earlier. */
export function distanceText(distance: number): string {
  return distance < 0 ? `${MINUS}${-distance}` : `+${distance}`;
}

function withSign(number: string): string {
  return `${number}${NARROW_SPACE}%`;
}
