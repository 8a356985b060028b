import { cellCount, blockWithin } from '../../protocol/cells.ts';

/** Most bytes that the maxima and sums of all heads take, were they kept on both sides of the diagonal. */
const MOST_GRID_BYTES = 96 * 2 ** 20;
const MOST_SIDE = 512;
/** Of the mean of all heads there is one: it is kept finer. */
const MOST_MEAN_SIDE = 4096;

/** Tokens on each side of a block, of every head and of the mean of all: powers of two, at least 2. */
export interface BlockSizes {
  readonly heads: number;
  readonly mean: number;
}

/** The finest blocks of which a map of so many tokens is kept: memory grows with the text, not with its square. */
export function blockSizes(tokens: number, heads: number): BlockSizes {
  const side = Math.min(
    MOST_SIDE,
    Math.floor(Math.sqrt(MOST_GRID_BYTES / (heads * 2 * Float32Array.BYTES_PER_ELEMENT))),
  );
  const of = (most: number): number => Math.max(2, blockWithin(tokens, Math.max(1, most)));
  const sizes = { heads: of(side), mean: of(MOST_MEAN_SIDE) };
  return { heads: sizes.heads, mean: Math.min(sizes.heads, sizes.mean) };
}

/** Bytes of the kept blocks of a map, those of a causal matrix that can hold something. */
export function gridBytes(tokens: number, heads: number): number {
  const { heads: block, mean } = blockSizes(tokens, heads);
  const cells = (size: number): number => {
    const side = cellCount({ start: 0, end: tokens }, size);
    return (side * (side + 1)) / 2;
  };
  return 2 * Float32Array.BYTES_PER_ELEMENT * (heads * cells(block) + cells(mean));
}
