import { joiningOf, selectedHeads } from '../../src/attention/headKinds.ts';
import type { HeadGrid, HeadId } from '../../src/protocol/model.ts';
import type { HeadCombination, HeadKind, HeadSelection, HeadSet, Joining } from '../../src/protocol/run.ts';

/** Adds a head to the chosen ones, or takes it away; one head always stays. */
export function toggleHead<S extends HeadSelection>(
  selection: S,
  { layer, head }: HeadId,
  grid: HeadGrid,
): S | HeadCombination {
  const before = selectedHeads(selection, grid);
  const without = before.filter((one) => one.layer !== layer || one.head !== head);
  const after = without.length < before.length ? without : [...before, { layer, head }].sort(byPlace);
  return after.length === 0 ? selection : selectionOf(after, joiningOf(selection), grid);
}

/** The heads of one layer, combined as before; a rollout then ends at that layer. */
export function layerSelection(selection: HeadSelection, layer: number, grid: HeadGrid): HeadSelection {
  if (selection.kind === 'rollout') return { kind: 'rollout', layer };
  return selectionOf(headsOfLayer(layer, grid), joiningOf(selection), grid);
}

/** What is looked at once a kind is chosen: the head looked at last, the chosen set or else all heads, all layers. */
const choices: {
  readonly [K in HeadKind]: (before: HeadSelection, last: HeadId, grid: HeadGrid) => HeadSelection<K>;
} = {
  head: (_, { layer, head }) => ({ kind: 'head', layer, head }),
  mean: (before) => ({ kind: 'mean', heads: setOf(before) }),
  max: (before) => ({ kind: 'max', heads: setOf(before) }),
  rollout: (_, __, { layers }) => ({ kind: 'rollout', layer: layers - 1 }),
};

function setOf(selection: HeadSelection): HeadSet['heads'] {
  return 'heads' in selection ? selection.heads : 'all';
}

export function ofKind<K extends HeadKind>(
  kind: K,
  before: HeadSelection,
  last: HeadId,
  grid: HeadGrid,
): HeadSelection<K> {
  return choices[kind](before, last, grid);
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

export function headsOfLayer(layer: number, { heads }: HeadGrid): readonly HeadId[] {
  return Array.from({ length: heads }, (_, head) => ({ layer, head }));
}

function selectionOf(heads: readonly HeadId[], kind: Joining, grid: HeadGrid): HeadCombination {
  const [first] = heads;
  if (heads.length === 1 && first) return { kind: 'head', layer: first.layer, head: first.head };
  return { kind, heads: heads.length === grid.layers * grid.heads ? 'all' : heads };
}

function byPlace(a: HeadId, b: HeadId): number {
  return a.layer - b.layer || a.head - b.head;
}
