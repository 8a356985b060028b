import type { Direction, Slice, SliceRequest, TokenRange } from '../../../src/protocol/run.ts';
import { cellsOf, TILE_SIDE, type TileAddress } from './tiles.ts';
import { mapLoaded, type Loaded } from '../loaded.ts';
import { isShare, type Measure, measureOf } from '../measure.ts';
import type { Scale } from '../ramp.ts';
import type { SliceCache } from './sliceCache.ts';

/** Longest side of a slice that the wire allows. */
const LONGEST_SIDE = 4096;

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

  tile({ level, rows, columns }: TileAddress): Loaded<Slice> {
    return this.region(rows, columns, { rows: cellsOf(rows, level), columns: cellsOf(columns, level) });
  }

  /** A region in at most `most` cells on a side. */
  block(rows: TokenRange, columns: TokenRange, most: number): Loaded<Slice> {
    const cells = ({ start, end }: TokenRange): number => Math.min(most, end - start);
    return this.region(rows, columns, { rows: cells(rows), columns: cells(columns) });
  }

  /** A token's row (what it looks at) or column (what looks at it), [tokens]. */
  line(token: number, direction: Direction): Loaded<Float32Array> {
    if (this.tokens <= TILE_SIDE) return mapLoaded(this.whole(), (slice) => cut(slice, token, direction));
    const one: TokenRange = { start: token, end: token + 1 };
    const parts: Float32Array[] = [];
    for (let start = 0; start < this.tokens; start += LONGEST_SIDE) {
      const others: TokenRange = { start, end: Math.min(this.tokens, start + LONGEST_SIDE) };
      const count = others.end - others.start;
      const part =
        direction === 'looksAt'
          ? this.region(one, others, { rows: 1, columns: count })
          : this.region(others, one, { rows: count, columns: 1 });
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
    const all: TokenRange = { start: 0, end: this.tokens };
    const rest: TokenRange = { start: 1, end: this.tokens };
    const [rows, columns] = sinkApart ? [all, rest] : [rest, all];
    return mapLoaded(this.region(rows, columns, { rows: 1, columns: 1 }), ({ data }) => data[0]! || 1);
  }

  /** Where the colour scale ends: shares on a logarithmic one at 1. */
  scaleEnd(scale: Scale, sinkApart: boolean): Loaded<number> {
    return scale === 'log' && isShare(this.measure) ? { kind: 'ready', value: 1 } : this.peak(sinkApart);
  }

  private whole(): Loaded<Slice> {
    const all: TokenRange = { start: 0, end: this.tokens };
    return this.tile({ level: 0, rows: all, columns: all });
  }

  private region(rows: TokenRange, columns: TokenRange, resolution: SliceRequest['resolution']): Loaded<Slice> {
    return this.slices.get({ ...this.matrix, rows, columns, resolution, pooling: 'max' }).value;
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
