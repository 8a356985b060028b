import { cellCount, blockWithin } from '../../protocol/cells.ts';

/** Most bytes that the maxima and sums of all heads take, were they kept on both sides of the diagonal. */
const MOST_GRID_BYTES = 96 * 2 ** 20;
const MOST_SIDE = 512;
/** Of the mean of all heads there is one, the first that a view shows: it is kept finer, up to here every weight. */
const MOST_MEAN_TOKENS = 8192;
/** Maxima and sums of a longer text's mean. */
const MOST_MEAN_SIDE = 4096;

/** Tokens on each side of a block: powers of two, of every head at least 2. */
export interface BlockSizes {
  readonly heads: number;
  /** Of the mean of all heads; 1: every weight of it is kept. */
  readonly mean: number;
}

/** The finest blocks of which a map of so many tokens is kept: memory grows with the text, not with its square. */
export function blockSizes(tokens: number, heads: number): BlockSizes {
  const side = Math.min(
    MOST_SIDE,
    Math.floor(Math.sqrt(MOST_GRID_BYTES / (heads * 2 * Float32Array.BYTES_PER_ELEMENT))),
  );
  const block = Math.max(2, blockWithin(tokens, Math.max(1, side)));
  const mean = tokens <= MOST_MEAN_TOKENS ? 1 : blockWithin(tokens, MOST_MEAN_SIDE);
  return { heads: block, mean: Math.min(block, mean) };
}

/** Bytes of the kept blocks of a map, those of a causal matrix that can hold something. */
export function gridBytes(tokens: number, heads: number): number {
  const { heads: block, mean } = blockSizes(tokens, heads);
  const cells = (size: number): number => {
    const side = cellCount({ start: 0, end: tokens }, size);
    return (side * (side + 1)) / 2;
  };
  // Of a single token the maximum and the sum are the same.
  return Float32Array.BYTES_PER_ELEMENT * (2 * heads * cells(block) + (mean > 1 ? 2 : 1) * cells(mean));
}
