import type { TokenRange } from '../../../src/protocol/run.ts';
import { visibleColumns, visibleRows, type Frame } from './frame.ts';

/** A text of at most this many tokens is one tile. */
export const MOST_IN_ONE_TILE = 512;
/** Cells on a side of a tile of a longer text: the smaller, the less is computed that is not seen. */
const TILE_SIDE = 256;

/** A square of the matrix at one level of detail: at level k, 2^k tokens share a cell. */
export interface TileAddress {
  readonly level: number;
  readonly rows: TokenRange;
  readonly columns: TokenRange;
}

/** The coarsest level that still has a cell for every device pixel's worth of tokens. */
export function levelOf(cell: number, pixelRatio: number): number {
  return Math.max(0, Math.ceil(-Math.log2(cell * pixelRatio) - 1e-9));
}

/** The tiles that the frame shows; of a causal matrix only those that reach its lower triangle. */
export function visibleTiles(frame: Frame, pixelRatio: number, causal: boolean): readonly TileAddress[] {
  const level = levelOf(frame.cell, pixelRatio);
  const tiles = spans(visibleRows(frame), level, frame.tokens).flatMap((rows) =>
    spans(visibleColumns(frame), level, frame.tokens).map((columns) => ({ level, rows, columns })),
  );
  return causal ? tiles.filter(({ rows, columns }) => columns.start < rows.end) : tiles;
}

/** The coarser tiles that cover a tile, the finest first, up to a level. */
export function ancestors(tile: TileAddress, coarsest: number, tokens: number): readonly TileAddress[] {
  return Array.from({ length: Math.max(0, coarsest - tile.level) }, (_, above) => {
    const level = tile.level + above + 1;
    const over = ({ start }: TokenRange): TokenRange => spans({ start, end: start + 1 }, level, tokens)[0]!;
    return { level, rows: over(tile.rows), columns: over(tile.columns) };
  });
}

export function tileKey({ level, rows, columns }: TileAddress): string {
  return `${level}:${rows.start}:${columns.start}`;
}

function spans(shown: TokenRange, level: number, tokens: number): readonly TokenRange[] {
  const side = tokens <= MOST_IN_ONE_TILE ? MOST_IN_ONE_TILE : TILE_SIDE * 2 ** level;
  const first = Math.floor(shown.start / side);
  const count = Math.ceil(shown.end / side) - first;
  return Array.from({ length: count }, (_, index) => ({
    start: (first + index) * side,
    end: Math.min(tokens, (first + index + 1) * side),
  }));
}
