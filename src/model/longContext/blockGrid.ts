import type { AttentionSource } from '../../attention/source.ts';
import { cellCount, blockWithin } from '../../protocol/cells.ts';
import type { Kept } from '../graph/longContextPart.ts';

/** Tokens on each side of a block, powers of two, none larger than those of `heads`; 1: every weight is kept. */
export type BlockSizes = Readonly<Record<Kept, number>>;

/** Most bytes that the maxima and sums of one kind take, were they kept on both sides of the diagonal. */
const MOST_GRID_BYTES = 128 * 2 ** 20;
const MOST_SIDES: BlockSizes = { heads: 512, layers: 2048, mean: 4096 };
/** The mean of all heads is the first that a view shows: up to here every weight of it is kept. */
const MOST_MEAN_TOKENS = 8192;

type Shape = Pick<AttentionSource, 'layers' | 'heads'>;

/** The finest blocks of which a map of so many tokens is kept: memory grows with the text, not with its square. */
export function blockSizes(tokens: number, shape: Shape): BlockSizes {
  const finest = (kept: Kept): number => {
    const bytesPerCell = matricesOf(kept, shape) * 2 * Float32Array.BYTES_PER_ELEMENT;
    const side = Math.min(MOST_SIDES[kept], Math.floor(Math.sqrt(MOST_GRID_BYTES / bytesPerCell)));
    return blockWithin(tokens, Math.max(1, side));
  };
  const heads = Math.max(2, finest('heads'));
  return {
    heads,
    layers: Math.min(heads, finest('layers')),
    mean: tokens <= MOST_MEAN_TOKENS ? 1 : Math.min(heads, finest('mean')),
  };
}

/** Bytes of the kept blocks of a map, those of a causal matrix that can hold something. */
export function gridBytes(tokens: number, shape: Shape): number {
  const bytes = Object.entries(blockSizes(tokens, shape)).map(([kept, block]) => {
    const side = cellCount({ start: 0, end: tokens }, block);
    const cells = matricesOf(kept as Kept, shape) * ((side * (side + 1)) / 2);
    // Of a single token the maximum and the sum are the same.
    return cells * (block > 1 ? 2 : 1) * Float32Array.BYTES_PER_ELEMENT;
  });
  return bytes.reduce((sum, part) => sum + part, 0);
}

function matricesOf(kept: Kept, { layers, heads }: Shape): number {
  return { heads: layers * heads, layers, mean: 1 }[kept];
}
