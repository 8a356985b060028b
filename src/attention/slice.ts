import { cellCount, cellRange, cellsIn, type CellRegion } from '../protocol/cells.ts';
import type { HeadGrid } from '../protocol/model.ts';
import type { HeadCombination, Overview, Peaks, Pooling, Slice, SliceRequest, TokenRange } from '../protocol/run.ts';
import { combinedRegion } from './combine.ts';
import { missingHead } from './headKinds.ts';
import { allHeads, type AttentionSource } from './source.ts';

/** Which region is wanted of which heads, and how many tokens share a cell. */
export type RegionRequest = Pick<SliceRequest, 'rows' | 'columns' | 'block' | 'pooling'> & {
  readonly heads: HeadCombination;
};

/**
 * Cuts a region out of the weights and joins the tokens that share a cell.
 *
 * @throws RangeError when the region or a head lies outside of the run, or the region is not made of whole blocks.
 */
export function sliceOf(source: AttentionSource, request: RegionRequest): Slice {
  checkRegion(source, request);
  const { rows: rowRange, columns: columnRange, block } = request;
  const { rows, columns } = cellsIn(request);
  if (block.rows === 1 && block.columns === 1) {
    // The region may be a view of the run's own tensor, which is not to be sent or changed.
    return { rows, columns, data: Float32Array.from(combinedRegion(source, request.heads, rowRange, columnRange)) };
  }
  const data = new Float32Array(rows * columns);
  // One row of cells at a time: the whole region may be large.
  for (let row = 0; row < rows; row++) {
    const queries = cellRange(rowRange, block.rows, row);
    const region = combinedRegion(source, request.heads, queries, columnRange);
    const cells = data.subarray(row * columns, (row + 1) * columns);
    poolInto(cells, region, queries.end - queries.start, block.columns, request.pooling);
  }
  return { rows, columns, data };
}

/** A picture of every head. */
export function overviewOf(source: AttentionSource, block: number, pooling: Pooling): Overview {
  const whole: TokenRange = { start: 0, end: source.tokens };
  const side = cellCount(whole, block);
  const data = new Float32Array(source.layers * source.heads * side * side);
  allHeads(source).forEach((head, index) => {
    const picture = data.subarray(index * side * side, (index + 1) * side * side);
    for (let row = 0; row < side; row++) {
      const queries = cellRange(whole, block, row);
      const region = source.region(head, queries, whole);
      poolInto(picture.subarray(row * side, (row + 1) * side), region, queries.end - queries.start, block, pooling);
    }
  });
  return { side, data };
}

/** The largest weights, where a colour scale ends. */
export function peaksOf(source: AttentionSource, heads: HeadCombination): Peaks {
  checkHeads(source, heads);
  const whole: TokenRange = { start: 0, end: source.tokens };
  let [withoutFirstRow, withoutFirstColumn] = [0, 0];
  for (let query = 0; query < source.tokens; query++) {
    const weights = combinedRegion(source, heads, { start: query, end: query + 1 }, whole);
    let rest = 0;
    for (let key = 1; key < weights.length; key++) rest = Math.max(rest, weights[key]!);
    withoutFirstColumn = Math.max(withoutFirstColumn, rest);
    if (query > 0) withoutFirstRow = Math.max(withoutFirstRow, rest, weights[0]!);
  }
  return { withoutFirstRow, withoutFirstColumn };
}

/** Joins the tokens that share a cell of a region [rows, columns]. A copy where nothing is joined. */
export function poolRegion(
  region: Float32Array,
  request: CellRegion & { readonly pooling: Pooling | 'sum' },
): Float32Array {
  const { rows: rowRange, columns: columnRange, block, pooling } = request;
  if (block.rows === 1 && block.columns === 1) return Float32Array.from(region);
  const { rows, columns } = cellsIn(request);
  const width = columnRange.end - columnRange.start;
  const cells = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    const { start, end } = cellRange(rowRange, block.rows, row);
    const part = region.subarray((start - rowRange.start) * width, (end - rowRange.start) * width);
    poolInto(cells.subarray(row * columns, (row + 1) * columns), part, end - start, block.columns, pooling);
  }
  return cells;
}

/** Sums of cells become means over the tokens that the cells hold. */
export function divideByTokens(data: Float32Array, request: CellRegion): void {
  const { rows: rowRange, columns: columnRange, block } = request;
  if (block.rows === 1 && block.columns === 1) return;
  const { rows, columns } = cellsIn(request);
  const held = (range: TokenRange, size: number, index: number): number =>
    Math.min(size, range.end - range.start - index * size);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      data[row * columns + column]! /= held(rowRange, block.rows, row) * held(columnRange, block.columns, column);
    }
  }
}

/** Pools a region of `height` rows into one row of cells, each `block` columns wide but for the last one. */
function poolInto(
  into: Float32Array,
  region: Float32Array,
  height: number,
  block: number,
  pooling: Pooling | 'sum',
): void {
  const width = region.length / height;
  for (let cell = 0; cell < into.length; cell++) {
    const { start, end } = cellRange({ start: 0, end: width }, block, cell);
    let sum = 0;
    let maximum = 0;
    for (let row = 0; row < height; row++) {
      for (let column = start; column < end; column++) {
        const weight = region[row * width + column]!;
        sum += weight;
        if (weight > maximum) maximum = weight;
      }
    }
    into[cell] = pooling === 'max' ? maximum : pooling === 'sum' ? sum : sum / (height * (end - start));
  }
}

/** @throws RangeError */
export function checkRegion(
  source: Pick<AttentionSource, 'layers' | 'heads' | 'tokens'>,
  { rows, columns, block, heads }: Omit<RegionRequest, 'pooling'>,
): void {
  checkRange(rows, block.rows, source.tokens);
  checkRange(columns, block.columns, source.tokens);
  checkHeads(source, heads);
}

function checkRange({ start, end }: TokenRange, block: number, tokens: number): void {
  if (start < 0 || end > tokens || start >= end) {
    throw new RangeError(`The range ${start} to ${end} is not inside of 0 to ${tokens}.`);
  }
  if (!Number.isInteger(Math.log2(block)) || start % block !== 0 || (end % block !== 0 && end !== tokens)) {
    throw new RangeError(`The range ${start} to ${end} is not made of blocks of ${block} tokens.`);
  }
}

export function checkHeads(source: HeadGrid, selection: HeadCombination): void {
  const missing = missingHead(selection, source);
  if (missing) throw new RangeError(`There is no head ${missing.head} in a layer ${missing.layer}.`);
}
