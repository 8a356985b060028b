import type { HeadCombination, Overview, Pooling, Slice, SliceRequest, TokenRange } from '../protocol/run.ts';
import { combinedRegion } from './combine.ts';
import { allHeads, type AttentionSource } from './source.ts';

/** Which region is wanted of which heads, and in how many cells. */
export type RegionRequest = Pick<SliceRequest, 'rows' | 'columns' | 'resolution' | 'pooling'> & {
  readonly heads: HeadCombination;
};

/**
 * Cuts a region out of the weights and pools it into at most `resolution` cells in each direction.
 * Block k of b blocks over m tokens holds the tokens ⌊k·m/b⌋ … ⌊(k+1)·m/b⌋ − 1.
 *
 * @throws RangeError when the region or a head lies outside of the run.
 */
export function sliceOf(source: AttentionSource, request: RegionRequest): Slice {
  checkRange(request.rows, source.tokens);
  checkRange(request.columns, source.tokens);
  checkHeads(source, request.heads);
  const { rows: rowRange, columns: columnRange, resolution } = request;
  const rows = Math.min(rowRange.end - rowRange.start, resolution.rows);
  const columns = Math.min(columnRange.end - columnRange.start, resolution.columns);
  if (rows === rowRange.end - rowRange.start && columns === columnRange.end - columnRange.start) {
    // The region may be a view of the run's own tensor, which is not to be sent or changed.
    return { rows, columns, data: Float32Array.from(combinedRegion(source, request.heads, rowRange, columnRange)) };
  }
  const data = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    const block = blockOf(rowRange, rows, row);
    const region = combinedRegion(source, request.heads, block, columnRange);
    poolInto(data.subarray(row * columns, (row + 1) * columns), region, block.end - block.start, request.pooling);
  }
  return { rows, columns, data };
}

/** A picture of every head, pooled by maximum: single strong weights stay visible. */
export function overviewOf(source: AttentionSource, resolution: number): Overview {
  const side = Math.min(source.tokens, resolution);
  const data = new Float32Array(source.layers * source.heads * side * side);
  const whole: TokenRange = { start: 0, end: source.tokens };
  allHeads(source).forEach((head, index) => {
    const picture = data.subarray(index * side * side, (index + 1) * side * side);
    for (let row = 0; row < side; row++) {
      const block = blockOf(whole, side, row);
      const region = source.region(head, block, whole);
      poolInto(picture.subarray(row * side, (row + 1) * side), region, block.end - block.start, 'max');
    }
  });
  return { side, data };
}

/** The tokens of block `index` when a range is divided into `blocks` blocks. */
export function blockOf(range: TokenRange, blocks: number, index: number): TokenRange {
  const length = range.end - range.start;
  return {
    start: range.start + Math.floor((index * length) / blocks),
    end: range.start + Math.floor(((index + 1) * length) / blocks),
  };
}

/** Pools a region of `height` rows into one row of `into.length` cells. */
function poolInto(into: Float32Array, region: Float32Array, height: number, pooling: Pooling): void {
  const width = region.length / height;
  for (let cell = 0; cell < into.length; cell++) {
    const { start, end } = blockOf({ start: 0, end: width }, into.length, cell);
    let sum = 0;
    let maximum = 0;
    for (let row = 0; row < height; row++) {
      for (let column = start; column < end; column++) {
        const weight = region[row * width + column]!;
        sum += weight;
        if (weight > maximum) maximum = weight;
      }
    }
    into[cell] = pooling === 'max' ? maximum : sum / (height * (end - start));
  }
}

function checkRange(range: TokenRange, tokens: number): void {
  if (range.start < 0 || range.end > tokens || range.start >= range.end) {
    throw new RangeError(`The range ${range.start} to ${range.end} is not inside of 0 to ${tokens}.`);
  }
}

function checkHeads(source: AttentionSource, selection: HeadCombination): void {
  const heads = selection.kind === 'head' ? [selection] : selection.heads === 'all' ? [] : selection.heads;
  for (const { layer, head } of heads) {
    if (layer < 0 || layer >= source.layers || head < 0 || head >= source.heads) {
      throw new RangeError(`There is no head ${head} in a layer ${layer}.`);
    }
  }
}
