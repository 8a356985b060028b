import type { HeadCombination, Joining, TokenRange } from '../protocol/run.ts';
import { joiningOf, selectedHeads } from './headKinds.ts';
import type { AttentionSource } from './source.ts';

interface Join {
  /** Joins the matrix of one more head with those before, cell by cell. */
  readonly into: (joined: Float32Array, part: Float32Array) => void;
  /** What the cells are multiplied by once all heads are in. */
  readonly share?: (heads: number) => number;
}

const joins: Readonly<Record<Joining, Join>> = {
  mean: { into: addInto, share: (heads) => 1 / heads },
  max: { into: maximumInto },
};

/**
 * Weights of a head, or the mean or maximum of several heads cell by cell: [rows, columns], row-major.
 * The mean of attention weights is again a distribution over keys; the maximum is not: its rows sum to more than 1.
 */
export function combinedRegion(
  source: AttentionSource,
  selection: HeadCombination,
  rows: TokenRange,
  columns: TokenRange,
): Float32Array {
  const [first, ...others] = selectedHeads(selection, source);
  if (first === undefined) throw new RangeError('No head is selected.');
  const start = source.region(first, rows, columns);
  if (others.length === 0) return start;
  const combined = Float32Array.from(start);
  const { into, share } = joins[joiningOf(selection)];
  for (const head of others) into(combined, source.region(head, rows, columns));
  if (share) {
    const factor = share(others.length + 1);
    for (let i = 0; i < combined.length; i++) combined[i]! *= factor;
  }
  return combined;
}

function addInto(sum: Float32Array, part: Float32Array): void {
  for (let i = 0; i < sum.length; i++) sum[i]! += part[i]!;
}

function maximumInto(maximum: Float32Array, part: Float32Array): void {
  for (let i = 0; i < maximum.length; i++) {
    const value = part[i]!;
    if (value > maximum[i]!) maximum[i] = value;
  }
}
