import { combinedRegion } from '../../attention/combine.ts';
import { selectedHeads } from '../../attention/headKinds.ts';
import { divideByTokens, poolRegion, type RegionRequest } from '../../attention/slice.ts';
import type { PiecewiseAttention } from '../../attention/source.ts';
import { cellsIn } from '../../protocol/cells.ts';
import type { HeadCombination, Peaks, Slice, TokenRange } from '../../protocol/run.ts';
import type { BlockGrid, TextMap, Vectors } from './textMap.ts';

/**
 * Answers from the kept blocks. Maxima follow from maxima and sums from sums; of joined heads only what commutes with
 * that: the maximum of heads by maximum, the mean by mean. Some means have blocks of their own.
 *
 * @returns `undefined` where the blocks are too coarse, or heads are joined in another way.
 */
export function gridSlice(map: TextMap<Vectors>, request: RegionRequest): Slice | undefined {
  const { heads, pooling } = request;
  const own = ownMatrix(map, heads);
  if (own && isMadeOf(own.grid, request))
    return sliceOf(own.grid, { kind: 'head', layer: own.layer, head: 0 }, request);
  const commutes = heads.kind === 'head' || heads.kind === pooling;
  return commutes && isMadeOf(map.grids.heads, request) ? sliceOf(map.grids.heads, heads, request) : undefined;
}

/** Where joined heads have blocks of their own: the mean of all, or of a whole layer. */
function ownMatrix(
  { grids, heads }: TextMap<Vectors>,
  selection: HeadCombination,
): { readonly grid: BlockGrid; readonly layer: number } | undefined {
  if (selection.kind !== 'mean') return undefined;
  if (selection.heads === 'all') return { grid: grids.mean, layer: 0 };
  const layers = new Set(selection.heads.map(({ layer }) => layer));
  const [layer] = layers;
  const isWholeLayer = layers.size === 1 && new Set(selection.heads.map(({ head }) => head)).size === heads;
  return isWholeLayer ? { grid: grids.layers, layer: layer! } : undefined;
}

function isMadeOf({ block }: BlockGrid, request: RegionRequest): boolean {
  return request.block.rows % block === 0 && request.block.columns % block === 0;
}

function sliceOf(grid: BlockGrid, heads: HeadCombination, request: RegionRequest): Slice {
  const { block } = grid;
  const blocks = (range: TokenRange): TokenRange => ({ start: range.start / block, end: Math.ceil(range.end / block) });
  const [rows, columns] = [blocks(request.rows), blocks(request.columns)];
  const cells = { rows: request.block.rows / block, columns: request.block.columns / block };
  const source: PiecewiseAttention = request.pooling === 'max' ? grid.maxima : grid.sums;
  const region = combinedRegion(source, heads, rows, columns);
  const pooled = poolRegion(region, {
    rows,
    columns,
    block: cells,
    pooling: request.pooling === 'max' ? 'max' : 'sum',
  });
  const { rows: height, columns: width } = cellsIn(request);
  if (request.pooling === 'mean') divideByTokens(pooled, request);
  return { rows: height, columns: width, data: pooled };
}

/** @returns `undefined` of heads that are joined in another way than those whose peaks are kept. */
export function keptPeaks(map: TextMap<Vectors>, selection: HeadCombination): Peaks | undefined {
  const own = ownMatrix(map, selection);
  if (own || selection.kind === 'mean') return own?.grid.peaks[own.layer];
  const heads = selectedHeads(selection, { layers: map.layers.length, heads: map.heads });
  return highest(heads.map(({ layer, head }) => map.grids.heads.peaks[layer * map.heads + head]!));
}

export function highest(peaks: readonly Peaks[]): Peaks {
  return {
    withoutFirstRow: peaks.reduce((top, { withoutFirstRow }) => Math.max(top, withoutFirstRow), 0),
    withoutFirstColumn: peaks.reduce((top, { withoutFirstColumn }) => Math.max(top, withoutFirstColumn), 0),
  };
}

/** Of rows from query `first` on, each of `width` keys from the first on. */
export function peaksOfRows(data: Float32Array, first: number, width: number): Peaks {
  let [withoutFirstRow, withoutFirstColumn] = [0, 0];
  for (let cell = 0; cell < data.length; cell++) {
    const weight = data[cell]!;
    if (cell % width > 0 && weight > withoutFirstColumn) withoutFirstColumn = weight;
    if ((first > 0 || cell >= width) && weight > withoutFirstRow) withoutFirstRow = weight;
  }
  return { withoutFirstRow, withoutFirstColumn };
}
