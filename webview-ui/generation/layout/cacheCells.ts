import type { CacheState } from '../../../src/protocol/generation.ts';
import { policyView } from '../policies.ts';

/**
 * What the cache does with a position.
 *
 * - `computed`: its key and value were computed in the last step
 * - `reused`: taken from the cache
 * - `waiting`: held, but behind the pointer: reused when its token is taken again
 * - `evicted`: no longer or never held
 * - `free`: reserved and empty
 */
export type CellState = 'computed' | 'reused' | 'waiting' | 'evicted' | 'free';

/** The state of every position, the same in each layer. @param length positions before the pointer */
export function cacheCells({ policy, kept, computed }: CacheState, length: number): readonly CellState[] {
  const last = Math.max(length - 1, kept.at(-1) ?? 0);
  const { reserved } = policyView(policy);
  const cells: CellState[] = Array.from({ length: Math.max(last + 1, reserved) }, (_, position) =>
    position < length ? 'evicted' : 'free',
  );
  for (const position of kept) cells[position] = position < length ? 'reused' : 'waiting';
  for (const position of computed) cells[position] = 'computed';
  return cells;
}

export function countOf(cells: readonly CellState[], state: CellState): number {
  return cells.filter((cell) => cell === state).length;
}
