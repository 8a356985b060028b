import { selectedHeads } from '../../attention/headKinds.ts';
import { checkHeads, checkRegion, divideByTokens, poolRegion, type RegionRequest } from '../../attention/slice.ts';
import { allHeads } from '../../attention/source.ts';
import { cellCount, cellsIn } from '../../protocol/cells.ts';
import type { HeadId } from '../../protocol/model.ts';
import type { HeadCombination, Overview, Peaks, Pooling, Slice, TokenRange } from '../../protocol/run.ts';
import type { AttentionReader } from '../runtime/attentionReader.ts';
import { nextTurn } from '../runtime/turns.ts';
import { gridSlice, highest, keptPeaks, peaksOfRows } from './keptBlocks.ts';
import type { TextMap, Vectors } from './textMap.ts';
import type { TileGraphs } from './tileGraph.ts';
import { type TileRequest, Tiles } from './tiles.ts';

const CELL = { rows: 1, columns: 1 } as const;
/** Keys of a tile where all of a text is gone through. */
const TILE_KEYS = 2048;

/**
 * Reads the matrices of a long text: blocks from the kept maxima and sums where these are fine enough, everything else
 * computed from queries and keys, A = exp(score − top) · A(top) of each row.
 */
export class QueryKeyReader implements AttentionReader {
  readonly layers: number;
  readonly heads: number;
  readonly tokens: number;
  private readonly tiles: Tiles;
  private readonly isWeighted: boolean;

  /** @param norms ‖v_j·W_O‖₂ [layers, heads, tokens], that weights are multiplied by */
  constructor(
    private readonly map: TextMap<Vectors>,
    graphs: TileGraphs,
    norms?: Float32Array,
  ) {
    this.layers = map.layers.length;
    this.heads = map.heads;
    this.tokens = map.tokens;
    this.tiles = new Tiles(map, graphs, norms);
    this.isWeighted = norms !== undefined;
  }

  async slice(request: RegionRequest, signal: AbortSignal): Promise<Slice> {
    checkRegion(this, request);
    const kept = this.isWeighted ? undefined : gridSlice(this.map, request);
    if (kept) return kept;
    const { rows, columns, block, pooling } = request;
    const heads = selectedHeads(request.heads, this);
    const cells = cellsIn(request);
    const joined = request.heads.kind === 'max' ? 'max' : 'mean';
    const isPooled = block.rows > 1 || block.columns > 1;
    const groups = this.groupsOf(heads, isPooled ? 'byForm' : 'byLayer');
    const [only] = groups;
    if (groups.length === 1) {
      const data = await this.joined(only!, { rows, columns, block, pooling, joined }, signal);
      if (pooling === 'mean') divideByTokens(data, request);
      return { ...cells, data };
    }
    // Layers that see different keys are joined before tokens are; of a whole layer no key is copied.
    const whole = new Float32Array((rows.end - rows.start) * (columns.end - columns.start));
    for (const group of groups) {
      const part = await this.joined(group, { rows, columns, block: CELL, pooling, joined }, signal);
      const share = group.length / heads.length;
      for (let i = 0; i < whole.length; i++) {
        whole[i] = joined === 'max' ? Math.max(whole[i]!, part[i]!) : whole[i]! + part[i]! * share;
      }
    }
    return { ...cells, data: poolRegion(whole, request) };
  }

  async stack(rows: TokenRange, columns: TokenRange, signal: AbortSignal): Promise<Float32Array> {
    checkRegion(this, { rows, columns, block: CELL, heads: { kind: 'mean', heads: 'all' } });
    const [height, width] = [rows.end - rows.start, columns.end - columns.start];
    const stack = new Float32Array(this.layers * this.heads * height * width);
    for (let layer = 0; layer < this.layers; layer++) {
      const first = layer * this.heads * height * width;
      const into = stack.subarray(first, first + this.heads * height * width);
      await this.apart(
        this.layerHeads(layer),
        { rows, columns, block: CELL, pooling: 'max', joined: 'apart' },
        into,
        signal,
      );
    }
    return stack;
  }

  async overview(block: number, pooling: Pooling, signal: AbortSignal): Promise<Overview> {
    const whole = { start: 0, end: this.tokens };
    const side = cellCount(whole, block);
    const data = new Float32Array(this.layers * this.heads * side * side);
    const sides = { rows: block, columns: block };
    for (const [place, head] of allHeads(this).entries()) {
      const request = {
        rows: whole,
        columns: whole,
        block: sides,
        pooling,
        heads: { kind: 'head', ...head },
      } as const;
      const slice = await this.slice(request, signal);
      data.set(slice.data, place * side * side);
      await nextTurn(signal);
    }
    return { side, data };
  }

  async peaks(selection: HeadCombination, signal: AbortSignal): Promise<Peaks> {
    checkHeads(this, selection);
    const kept = this.isWeighted ? undefined : keptPeaks(this.map, selection);
    if (kept) return kept;
    const found: Peaks[] = [];
    const step = Math.max(1, Math.floor(2 ** 22 / this.tokens));
    for (let start = 0; start < this.tokens; start += step) {
      const rows = { start, end: Math.min(this.tokens, start + step) };
      const columns = { start: 0, end: rows.end };
      const { data } = await this.slice({ heads: selection, rows, columns, block: CELL, pooling: 'max' }, signal);
      found.push(peaksOfRows(data, start, rows.end));
    }
    return highest(found);
  }

  /** Tile by tile: the weights of all heads are never there together. */
  async distances(signal: AbortSignal): Promise<Float32Array> {
    const heads = allHeads(this);
    const sums = new Float64Array(heads.length);
    if (this.groupsOf(heads, 'byForm').length > 1) return this.distancesByRow(signal);
    for (let start = 0; start < this.tokens; start += TILE_KEYS) {
      const columns = { start, end: Math.min(this.tokens, start + TILE_KEYS) };
      // In a causal matrix nothing is above the diagonal.
      const rows = { start, end: this.tokens };
      const request: TileRequest = { rows, columns, block: CELL, pooling: 'max', joined: 'distances' };
      for await (const { data, rows: part } of this.tiles.parts(heads, request, signal)) {
        const height = data.length / heads.length;
        for (const head of heads.keys()) {
          for (let row = 0; row < part.end - part.start; row++) {
            sums[head]! += data[head * height + row]! / 2 / this.tokens;
          }
        }
      }
    }
    return Float32Array.from(sums);
  }

  private async distancesByRow(signal: AbortSignal): Promise<Float32Array> {
    const count = this.layers * this.heads;
    const sums = new Float64Array(count);
    for (let query = 0; query < this.tokens; query++) {
      const keys = query + 1;
      const stack = await this.stack({ start: query, end: keys }, { start: 0, end: keys }, signal);
      for (let key = 0; key < keys; key++) {
        let mean = 0;
        for (let head = 0; head < count; head++) mean += stack[head * keys + key]! / count;
        for (let head = 0; head < count; head++)
          sums[head]! += Math.abs(stack[head * keys + key]! - mean) / 2 / this.tokens;
      }
      if (query % 16 === 0) await nextTurn(signal);
    }
    return Float32Array.from(sums);
  }

  /** Cells of joined heads [rows, columns]; with pooling by mean, sums. */
  private async joined(heads: readonly HeadId[], request: TileRequest, signal: AbortSignal): Promise<Float32Array> {
    const { rows, columns } = cellsIn(request);
    const data = new Float32Array(rows * columns);
    await this.apart(heads, heads.length === 1 ? { ...request, joined: 'apart' } : request, data, signal);
    return data;
  }

  /** Fills [heads, rows, columns]; of joined heads [rows, columns]. */
  private async apart(
    heads: readonly HeadId[],
    request: TileRequest,
    into: Float32Array,
    signal: AbortSignal,
  ): Promise<void> {
    const { rows, columns } = cellsIn(request);
    const depth = into.length / (rows * columns);
    for await (const { data, rows: part, width } of this.tiles.parts(heads, request, signal)) {
      const first = (part.start - request.rows.start) / request.block.rows;
      const held = data.length / (depth * width);
      const height = cellCount(part, request.block.rows);
      for (let place = 0; place < depth; place++) {
        for (let row = 0; row < height; row++) {
          const [from, to] = [(place * held + row) * width, (place * rows + first + row) * columns];
          // A column has a single cell in each of many rows.
          if (columns === 1) into[to] = data[from]!;
          else into.set(data.subarray(from, from + Math.min(columns, width)), to);
        }
      }
    }
  }

  private layerHeads(layer: number): readonly HeadId[] {
    return Array.from({ length: this.heads }, (_, head) => ({ layer, head }));
  }

  /** Heads by their layers, or by what their layers' scores are made of. */
  private groupsOf(heads: readonly HeadId[], by: 'byLayer' | 'byForm'): readonly (readonly HeadId[])[] {
    const groups = new Map<string, HeadId[]>();
    for (const head of heads) {
      const { cap, window } = this.map.layers[head.layer]!;
      const key = by === 'byLayer' ? `${head.layer}` : `${cap} ${window}`;
      groups.set(key, [...(groups.get(key) ?? []), head]);
    }
    return [...groups.values()];
  }
}
