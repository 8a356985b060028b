import type { HeadId } from '../protocol/model.ts';
import type { HeadCombination, TokenRange } from '../protocol/run.ts';
import { allHeads, type AttentionSource } from './source.ts';

/** The heads that a selection stands for. */
export function selectedHeads(
  source: Pick<AttentionSource, 'layers' | 'heads'>,
  selection: HeadCombination,
): readonly HeadId[] {
  if (selection.kind === 'head') return [{ layer: selection.layer, head: selection.head }];
  return selection.heads === 'all' ? allHeads(source) : selection.heads;
}

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
  const [first, ...others] = selectedHeads(source, selection);
  if (first === undefined) throw new RangeError('No head is selected.');
  const start = source.region(first, rows, columns);
  if (others.length === 0) return start;
  const combined = Float32Array.from(start);
  const accumulate = selection.kind === 'max' ? maximumInto : addInto;
  for (const head of others) accumulate(combined, source.region(head, rows, columns));
  if (selection.kind === 'mean') {
    const share = 1 / (others.length + 1);
    for (let i = 0; i < combined.length; i++) combined[i]! *= share;
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
