import type { HeadGrid, HeadId } from '../protocol/model.ts';
import { type HeadKind, type HeadSelection, type HeadSet, type Joining, joinings } from '../protocol/run.ts';
import { allHeads } from './source.ts';

interface KindTraits<Selection> {
  /** The heads that are looked at, in the order in which they are joined. */
  heads(selection: Selection, grid: HeadGrid): readonly HeadId[];
  includes(selection: Selection, head: HeadId): boolean;
  /** The first head that is asked for and that the grid does not have. */
  missing(selection: Selection, grid: HeadGrid): HeadId | undefined;
  /** A text that is the same for the same choice of heads. */
  key(selection: Selection): string;
  /** In the name of a file. */
  fileName(selection: Selection): string;
  /** Whether there are value-weighted norms of it. */
  readonly hasNorms: boolean;
}

/** What each way to look at heads is made of. Its words are in `headWords.ts`. */
const kinds: { readonly [K in HeadKind]: KindTraits<HeadSelection<K>> } = {
  head: {
    heads: ({ layer, head }) => [{ layer, head }],
    includes: isSame,
    missing: (one, grid) => (hasHead(grid, one) ? undefined : one),
    key: headKey,
    fileName: ({ layer, head }) => `L${layer}H${head}`,
    hasNorms: true,
  },
  mean: joined('mean'),
  max: joined('max'),
  rollout: {
    heads: ({ layer }, { heads }) => allHeads({ layers: layer + 1, heads }),
    includes: (through, { layer }) => layer <= through.layer,
    missing: ({ layer }, { layers }) => (layer < layers ? undefined : { layer, head: 0 }),
    key: ({ layer }) => `rollout:${layer}`,
    fileName: ({ layer }) => `rollout-L${layer}`,
    hasNorms: false,
  },
};

function joined(joining: Joining): KindTraits<HeadSet> {
  return {
    heads: ({ heads }, grid) => (heads === 'all' ? allHeads(grid) : heads),
    includes: ({ heads }, head) => heads === 'all' || heads.some((one) => isSame(one, head)),
    missing: ({ heads }, grid) => (heads === 'all' ? undefined : heads.find((one) => !hasHead(grid, one))),
    key: ({ heads }) => `${joining}:${heads === 'all' ? heads : heads.map(headKey).join(',')}`,
    fileName: ({ heads }) => (heads === 'all' ? joining : `${joining} of ${heads.length}`),
    hasNorms: true,
  };
}

export const MEAN_OF_ALL: HeadSelection<'mean'> = { kind: 'mean', heads: 'all' };

export function selectedHeads<K extends HeadKind>(selection: HeadSelection<K>, grid: HeadGrid): readonly HeadId[] {
  return kinds[selection.kind].heads(selection, grid);
}

/** Number of heads that a selection joins. */
export function headCount(selection: HeadSelection, grid: HeadGrid): number {
  return selectedHeads(selection, grid).length;
}

export function isChosen<K extends HeadKind>(selection: HeadSelection<K>, head: HeadId): boolean {
  return kinds[selection.kind].includes(selection, head);
}

export function missingHead<K extends HeadKind>(selection: HeadSelection<K>, grid: HeadGrid): HeadId | undefined {
  return kinds[selection.kind].missing(selection, grid);
}

export function selectionKey<K extends HeadKind>(selection: HeadSelection<K>): string {
  return kinds[selection.kind].key(selection);
}

export function sameSelection(a: HeadSelection, b: HeadSelection): boolean {
  return selectionKey(a) === selectionKey(b);
}

export function selectionFileName<K extends HeadKind>(selection: HeadSelection<K>): string {
  return kinds[selection.kind].fileName(selection);
}

export function hasNorms({ kind }: HeadSelection): boolean {
  return kinds[kind].hasNorms;
}

/** How a set is joined that is made from a selection. */
export function joiningOf({ kind }: HeadSelection): Joining {
  return joinings.find((joining) => joining === kind) ?? 'mean';
}

export function hasHead({ layers, heads }: HeadGrid, { layer, head }: HeadId): boolean {
  return layer >= 0 && layer < layers && head >= 0 && head < heads;
}

function isSame(a: HeadId, b: HeadId): boolean {
  return a.layer === b.layer && a.head === b.head;
}

function headKey({ layer, head }: HeadId): string {
  return `${layer}.${head}`;
}
