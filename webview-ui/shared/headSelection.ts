import type { HeadId } from '../../src/protocol/model.ts';
import type { HeadCombination, HeadSelection } from '../../src/protocol/run.ts';

export type Combination = 'mean' | 'max';

export interface HeadGrid {
  readonly layers: number;
  readonly heads: number;
}

export function isChosen(selection: HeadSelection, { layer, head }: HeadId): boolean {
  if (selection.kind === 'head') return selection.layer === layer && selection.head === head;
  if (selection.kind === 'rollout') return layer <= selection.layer;
  return selection.heads === 'all' || selection.heads.some((one) => one.layer === layer && one.head === head);
}

export function sameSelection(a: HeadSelection, b: HeadSelection): boolean {
  return selectionKey(a) === selectionKey(b);
}

/** A text that is the same for the same choice of heads. */
export function selectionKey(selection: HeadSelection): string {
  if (selection.kind === 'head') return `${selection.layer}.${selection.head}`;
  if (selection.kind === 'rollout') return `rollout:${selection.layer}`;
  if (selection.heads === 'all') return `${selection.kind}:all`;
  return `${selection.kind}:${selection.heads.map(({ layer, head }) => `${layer}.${head}`).join(',')}`;
}

/** Adds a head to the chosen ones, or takes it away; one head always stays. */
export function toggleHead<S extends HeadSelection>(
  selection: S,
  { layer, head }: HeadId,
  grid: HeadGrid,
): S | HeadCombination {
  const before = chosenHeads(selection, grid);
  const without = before.filter((one) => one.layer !== layer || one.head !== head);
  const after = without.length < before.length ? without : [...before, { layer, head }].sort(byPlace);
  return after.length === 0 ? selection : selectionOf(after, combinationOf(selection), grid);
}

/** The heads of one layer, combined as before; a rollout then ends at that layer. */
export function layerSelection(selection: HeadSelection, layer: number, grid: HeadGrid): HeadSelection {
  if (selection.kind === 'rollout') return { kind: 'rollout', layer };
  return selectionOf(headsOfLayer(layer, grid), combinationOf(selection), grid);
}

/** Combines the chosen set, or all heads where no set was chosen. */
export function combined(selection: HeadSelection, kind: Combination): HeadCombination {
  return { kind, heads: selection.kind === 'head' || selection.kind === 'rollout' ? 'all' : selection.heads };
}

/** Number of heads that a selection joins. */
export function headCount(selection: HeadSelection, grid: HeadGrid): number {
  if (selection.kind === 'head') return 1;
  if (selection.kind === 'rollout') return (selection.layer + 1) * grid.heads;
  return selection.heads === 'all' ? grid.layers * grid.heads : selection.heads.length;
}

/** The head that an arrow key leads to; the edges hold. */
export function walk({ layer, head }: HeadId, key: string, grid: HeadGrid): HeadId | undefined {
  const inside = (value: number, count: number): number => Math.max(0, Math.min(count - 1, value));
  switch (key) {
    case 'ArrowLeft':
      return { layer, head: inside(head - 1, grid.heads) };
    case 'ArrowRight':
      return { layer, head: inside(head + 1, grid.heads) };
    case 'ArrowUp':
      return { layer: inside(layer - 1, grid.layers), head };
    case 'ArrowDown':
      return { layer: inside(layer + 1, grid.layers), head };
    case 'Home':
      return { layer, head: 0 };
    case 'End':
      return { layer, head: grid.heads - 1 };
    default:
      return undefined;
  }
}

/** The head `step` places on in reading order, round the end. */
export function stepHead({ layer, head }: HeadId, step: number, grid: HeadGrid): HeadId {
  const count = grid.layers * grid.heads;
  return headAt((layer * grid.heads + head + step + count) % count, grid.heads);
}

/** The head at a place in reading order. */
export function headAt(place: number, heads: number): HeadId {
  return { layer: Math.floor(place / heads), head: place % heads };
}

function chosenHeads(selection: HeadSelection, grid: HeadGrid): readonly HeadId[] {
  if (selection.kind === 'head') return [{ layer: selection.layer, head: selection.head }];
  if (selection.kind !== 'rollout' && selection.heads !== 'all') return selection.heads;
  return Array.from({ length: headCount(selection, grid) }, (_, place) => headAt(place, grid.heads));
}

export function headsOfLayer(layer: number, { heads }: HeadGrid): readonly HeadId[] {
  return Array.from({ length: heads }, (_, head) => ({ layer, head }));
}

function selectionOf(heads: readonly HeadId[], kind: Combination, grid: HeadGrid): HeadCombination {
  const [first] = heads;
  if (heads.length === 1 && first) return { kind: 'head', layer: first.layer, head: first.head };
  return { kind, heads: heads.length === grid.layers * grid.heads ? 'all' : heads };
}

/** How a set is combined that is made from a selection. */
function combinationOf({ kind }: HeadSelection): Combination {
  return kind === 'max' ? 'max' : 'mean';
}

function byPlace(a: HeadId, b: HeadId): number {
  return a.layer - b.layer || a.head - b.head;
}
