import { aligned, blockWithin, cellCount, type CellRegion } from '../../../src/protocol/cells.ts';
import type {
  Block,
  Direction,
  Pooling,
  FloatPrecision,
  Slice,
  SliceRequest,
  TokenRange,
} from '../../../src/protocol/run.ts';
import type { ViewSlice, ViewSliceRequest } from '../../../src/protocol/viewSlice.ts';
import { MOST_IN_ONE_TILE, type TileAddress } from './tiles.ts';
import { LOADING, mapLoaded, type Loaded } from '../loaded.ts';
import { isShare, type Measure, measureOf } from '../measure.ts';
import type { Scale } from '../ramp.ts';
import type { SliceCache } from './sliceCache.ts';

/** Longest side of a slice that the wire allows. */
const LONGEST_SIDE = 4096;
const CELL: Block = { rows: 1, columns: 1 };

/** A region, the tokens that share a cell of it, and its cells. */
export interface PooledRegion extends CellRegion {
  readonly slice: Slice;
}

/**
 * The weights of the chosen heads of one run, asked for as they are needed.
 * Each method reads signals: a component or effect that calls it runs again when the numbers arrive.
 */
export class Weights {
  readonly measure: Measure;

  constructor(
    private readonly slices: SliceCache,
    private readonly matrix: Pick<SliceRequest, 'run' | 'heads' | 'quantity'>,
    private readonly tokens: number,
  ) {
    this.measure = measureOf(matrix);
  }

  tile(address: TileAddress, pooling: Pooling = 'max', precision: FloatPrecision = 'single'): Loaded<ViewSlice> {
    const known = this.knownTile(address, pooling);
    if (known.kind === 'ready' && (precision === 'half' || known.value.precision === 'single')) return known;
    return this.slices.get(this.tileRequest(address, pooling, precision)).value;
  }

  /** The best of a tile that was asked for before. */
  knownTile(address: TileAddress, pooling: Pooling): Loaded<ViewSlice> {
    const known = (precision: FloatPrecision): Loaded<ViewSlice> =>
      this.slices.known(this.tileRequest(address, pooling, precision))?.value ?? LOADING;
    const single = known('single');
    return single.kind === 'ready' ? single : known('half');
  }

  /** A region in at most `most` cells on a side; where tokens share a cell, widened to whole cells. */
  pooled(rows: TokenRange, columns: TokenRange, most: number): Loaded<PooledRegion> {
    const longest = Math.max(rows.end - rows.start, columns.end - columns.start);
    let side = blockWithin(longest, most);
    const widened = (range: TokenRange): TokenRange => aligned(range, side, this.tokens);
    // Widening may take one cell more.
    if (longest > 1 && [rows, columns].some((range) => cellCount(widened(range), side) > most)) side *= 2;
    const region = { rows: widened(rows), columns: widened(columns), block: { rows: side, columns: side } };
    return mapLoaded(this.region(region.rows, region.columns, region.block), (slice) => ({ ...region, slice }));
  }

  /** A token's row (what it looks at) or column (what looks at it), [tokens]. */
  line(token: number, direction: Direction): Loaded<Float32Array> {
    if (this.tokens <= MOST_IN_ONE_TILE) return mapLoaded(this.whole(), (slice) => cut(slice, token, direction));
    const one: TokenRange = { start: token, end: token + 1 };
    const parts: Float32Array[] = [];
    for (let start = 0; start < this.tokens; start += LONGEST_SIDE) {
      const others: TokenRange = { start, end: Math.min(this.tokens, start + LONGEST_SIDE) };
      const part = direction === 'looksAt' ? this.region(one, others, CELL) : this.region(others, one, CELL);
      if (part.kind !== 'ready') return part;
      parts.push(part.value.data);
    }
    return { kind: 'ready', value: joined(parts) };
  }

  /**
   * The largest weight that a colour scale has to hold: without the first column when it is set apart,
   * else without the first row, whose token may have nothing else to look at.
   */
  peak(sinkApart: boolean): Loaded<number> {
    if (this.tokens === 1) return { kind: 'ready', value: 1 };
    const peaks = this.slices.peaks(this.matrix).value;
    return mapLoaded(peaks, (peak) => (sinkApart ? peak.withoutFirstColumn : peak.withoutFirstRow) || 1);
  }

  /** Where the colour scale ends: shares on a logarithmic one at 1. */
  scaleEnd(scale: Scale, sinkApart: boolean): Loaded<number> {
    return scale === 'log' && isShare(this.measure) ? { kind: 'ready', value: 1 } : this.peak(sinkApart);
  }

  private tileRequest(
    { level, rows, columns }: TileAddress,
    pooling: Pooling,
    precision: FloatPrecision,
  ): ViewSliceRequest {
    const block = { rows: 2 ** level, columns: 2 ** level };
    return { ...this.matrix, rows, columns, block, pooling: level === 0 ? 'max' : pooling, precision };
  }

  private whole(): Loaded<ViewSlice> {
    const all: TokenRange = { start: 0, end: this.tokens };
    return this.tile({ level: 0, rows: all, columns: all });
  }

  private region(rows: TokenRange, columns: TokenRange, block: Block): Loaded<ViewSlice> {
    return this.slices.get({ ...this.matrix, rows, columns, block, pooling: 'max', precision: 'single' }).value;
  }
}

function cut({ data, rows, columns }: Slice, token: number, direction: Direction): Float32Array {
  if (direction === 'looksAt') return data.subarray(token * columns, (token + 1) * columns);
  return Float32Array.from({ length: rows }, (_, row) => data[row * columns + token]!);
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const [only] = parts;
  if (parts.length === 1 && only) return only;
  const whole = new Float32Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
