import { FOLDED_WEIGHT, scientific } from '../../shared/numbers.ts';
import { percent } from '../../shared/phrases.ts';

const NARROW_SPACE = '\u202f';

/** Larger ones have two significant digits with one decimal. */
const LARGE = 0.1;

/** Smaller ones have too many zeros to be read as a percentage. */
const SMALLEST_PERCENT = 1e-6;

/** A probability as a percentage with at least two significant digits, so that small ones can be compared too. */
export function probabilityText(probability: number): string {
  if (probability >= LARGE || probability === 0) return percent(probability, 1);
  if (probability < SMALLEST_PERCENT) return scientific(probability);
  const percentage = probability * 100;
  return `${percentage.toFixed(1 - Math.floor(Math.log10(percentage)))}${NARROW_SPACE}%`;
}

/** A divergence in bits with three decimals; what would round to nothing by its power of ten, since effects are compared. */
export function bitsText(bits: number): string {
  if (bits === 0) return '0';
  return bits < FOLDED_WEIGHT ? scientific(bits) : bits.toFixed(3);
}

/** A divergence in a cell, in as few characters as tell it from its neighbours. */
export function shortBitsText(bits: number): string {
  if (bits === 0) return '0';
  if (bits < 0.005) return '<.01';
  return bits < 0.995 ? bits.toFixed(2).slice(1) : bits.toPrecision(2);
}
