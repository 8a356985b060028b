import { addDistances } from '../../attention/distances.ts';
import { checkHeads, checkRegion, type RegionRequest, sliceOf } from '../../attention/slice.ts';
import { allHeads, type AttentionSource } from '../../attention/source.ts';
import { ValueWeighted } from '../../attention/valueWeighted.ts';
import { cellCount, cellsIn } from '../../protocol/cells.ts';
import type { HeadId } from '../../protocol/model.ts';
import type { HeadCombination, Overview, Peaks, Pooling, Slice, TokenRange } from '../../protocol/run.ts';
import type { AttentionReader } from '../runtime/attentionReader.ts';
import { nextTurn } from '../runtime/turns.ts';
import { gridSlice, highest, keptPeaks, peaksOfRows } from './keptBlocks.ts';
import type { LoadedModel } from '../runtime/loadedModel.ts';
import type { TextMap } from './textMap.ts';

const CELL = { rows: 1, columns: 1 } as const;
/** Bytes of the rows that are held at a time. */
const HELD_BYTES = 64 * 2 ** 20;

/**
 * Reads the matrices of a long text whose weights don't follow from queries and keys alone: blocks from the kept maxima
 * and sums, everything else by running the model's graph over the asked rows again, on the cached keys before them.
 */
export class GraphReader implements AttentionReader {
  readonly layers: number;
  readonly heads: number;
  readonly tokens: number;
  /** The rows that were computed last. */
  private held: HeldRows | undefined;
  private queue: Promise<unknown> = Promise.resolve();

  /** @param norms ‖v_j·W_O‖₂ [layers, heads, tokens], that weights are multiplied by */
  constructor(
    private readonly model: LoadedModel,
    private readonly map: TextMap,
    private readonly ids: readonly number[],
    private readonly norms?: Float32Array,
  ) {
    this.layers = map.layers.length;
    this.heads = map.heads;
    this.tokens = map.tokens;
  }

  async slice(request: RegionRequest, signal: AbortSignal): Promise<Slice> {
    checkRegion(this, request);
    const kept = this.norms ? undefined : gridSlice(this.map, request);
    if (kept) return kept;
    const cells = cellsIn(request);
    const data = new Float32Array(cells.rows * cells.columns);
    let at = 0;
    for await (const { rows, source } of this.stripes(request.rows, request.block.rows, signal)) {
      const part = sliceOf(source, { ...request, rows });
      data.set(part.data, at);
      at += part.data.length;
    }
    return { ...cells, data };
  }

  async stack(rows: TokenRange, columns: TokenRange, signal: AbortSignal): Promise<Float32Array> {
    checkRegion(this, { rows, columns, block: CELL, heads: { kind: 'mean', heads: 'all' } });
    const [height, width] = [rows.end - rows.start, columns.end - columns.start];
    const stack = new Float32Array(this.layers * this.heads * height * width);
    for await (const { rows: part, source } of this.stripes(rows, 1, signal)) {
      allHeads(this).forEach((head, place) => {
        stack.set(source.region(head, part, columns), (place * height + part.start - rows.start) * width);
      });
    }
    return stack;
  }

  async overview(block: number, pooling: Pooling, signal: AbortSignal): Promise<Overview> {
    const whole = { start: 0, end: this.tokens };
    const side = cellCount(whole, block);
    const data = new Float32Array(this.layers * this.heads * side * side);
    const region = { columns: whole, block: { rows: block, columns: block }, pooling };
    for await (const { rows, source } of this.stripes(whole, block, signal)) {
      allHeads(this).forEach((head, place) => {
        const part = sliceOf(source, { ...region, rows, heads: { kind: 'head', ...head } });
        data.set(part.data, (place * side + rows.start / block) * side);
      });
    }
    return { side, data };
  }

  async peaks(heads: HeadCombination, signal: AbortSignal): Promise<Peaks> {
    checkHeads(this, heads);
    const kept = this.norms ? undefined : keptPeaks(this.map, heads);
    if (kept) return kept;
    const found: Peaks[] = [];
    for await (const { rows, source } of this.stripes({ start: 0, end: this.tokens }, 1, signal)) {
      const columns = { start: 0, end: rows.end };
      const { data } = sliceOf(source, { heads, rows, columns, block: CELL, pooling: 'max' });
      found.push(peaksOfRows(data, rows.start, rows.end));
    }
    return highest(found);
  }

  async distances(signal: AbortSignal): Promise<Float32Array> {
    const sums = new Float64Array(this.layers * this.heads);
    for await (const { rows, source } of this.stripes({ start: 0, end: this.tokens }, 1, signal)) {
      addDistances(sums, source, rows);
    }
    return Float32Array.from(sums);
  }

  /** Rows of the graph's own weights, some at a time and whole blocks of them. */
  private async *stripes(rows: TokenRange, block: number, signal: AbortSignal) {
    const kept = this.map.blocks.heads;
    const perRow = this.layers * this.heads * this.tokens * Float32Array.BYTES_PER_ELEMENT;
    const most = Math.max(kept, block, 2 ** Math.floor(Math.log2(HELD_BYTES / perRow)));
    for (let start = rows.start - (rows.start % most); start < rows.end; start += most) {
      await nextTurn(signal);
      const held = await this.rowsFrom(start, Math.min(most, this.map.positions - start));
      const part = { start: Math.max(start, rows.start), end: Math.min(rows.end, start + most) };
      yield { rows: part, source: this.norms ? new ValueWeighted(held, this.norms) : held };
    }
  }

  /** One pass at a time, so that what is held is that of the last one. */
  private rowsFrom(start: number, count: number): Promise<HeldRows> {
    const turn = this.queue.then(async () => {
      if (this.held?.start !== start || this.held.count !== count) this.held = await this.run(start, count);
      return this.held;
    });
    this.queue = turn.catch(() => undefined);
    return turn;
  }

  private async run(start: number, count: number): Promise<HeldRows> {
    const { map, model } = this;
    const ids = Array.from({ length: count }, (_, index) => this.ids[start + index] ?? this.ids[0]!);
    const { weights } = await model.run({
      ids,
      positions: ids.map((_, row) => start + row),
      pastLength: start,
      past: map.cache!.past([{ start: 0, end: start }]),
      weights: map.layers.map((_, layer) => layer),
    });
    return new HeldRows(
      map.layers.map((_, layer) => weights(layer)),
      map,
      start,
      count,
    );
  }
}

/** Some rows of every head, as a source of which only these can be read. */
class HeldRows implements AttentionSource {
  readonly layers: number;
  readonly heads: number;
  readonly tokens: number;

  /** @param weights for each layer [heads, count, start + count] */
  constructor(
    private readonly weights: readonly Float32Array[],
    map: TextMap,
    readonly start: number,
    readonly count: number,
  ) {
    this.layers = weights.length;
    this.heads = map.heads;
    this.tokens = map.tokens;
  }

  region({ layer, head }: HeadId, rows: TokenRange, columns: TokenRange): Float32Array {
    const width = columns.end - columns.start;
    const keys = this.start + this.count;
    const region = new Float32Array((rows.end - rows.start) * width);
    for (let row = rows.start; row < rows.end; row++) {
      const from = (head * this.count + row - this.start) * keys;
      const end = Math.max(columns.start, Math.min(columns.end, keys));
      region.set(this.weights[layer]!.subarray(from + columns.start, from + end), (row - rows.start) * width);
    }
    return region;
  }
}
