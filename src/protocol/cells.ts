import type { Block, SliceRequest, TokenRange } from './run.ts';

/** A region of a matrix and the tokens that share a cell. */
export type CellRegion = Pick<SliceRequest, 'rows' | 'columns' | 'block'>;

/** Cells that a range of tokens makes, `block` tokens to a cell; the last one may hold fewer. */
export function cellCount({ start, end }: TokenRange, block: number): number {
  return Math.ceil((end - start) / block);
}

/** Cells of a region on each side. */
export function cellsIn({ rows, columns, block }: CellRegion): Block {
  return { rows: cellCount(rows, block.rows), columns: cellCount(columns, block.columns) };
}

/** The tokens of one cell of a range. */
export function cellRange({ start, end }: TokenRange, block: number, index: number): TokenRange {
  return { start: start + index * block, end: Math.min(end, start + (index + 1) * block) };
}

/** The smallest block, a power of two, with which `tokens` make at most `cells` cells. */
export function blockWithin(tokens: number, cells: number): number {
  return 2 ** Math.max(0, Math.ceil(Math.log2(tokens / cells)));
}

/** The smallest range around another one that begins and ends at edges of blocks, or with the text. */
export function aligned({ start, end }: TokenRange, block: number, tokens: number): TokenRange {
  return { start: start - (start % block), end: Math.min(tokens, Math.ceil(end / block) * block) };
}
