import type { Tensor } from 'onnxruntime-node';
import { type AttentionPiece, PiecewiseAttention } from '../../attention/source.ts';
import { blockWithin } from '../../protocol/cells.ts';
import type { PassProgress } from '../../protocol/modelWire.ts';
import type { Peaks, Preview, TokenRange } from '../../protocol/run.ts';
import { uniformAt } from '../generation/random.ts';
import { nextTurn } from '../graphSession.ts';
import type { Reduced } from '../tap/mapGraph.ts';
import type { BlockSizes } from './blockGrid.ts';
import type { GrowingCache } from './growingCache.ts';
import type { MapOutputs, MappedModel } from './mappedModel.ts';
import { scoreScalars } from './scoreScalars.ts';
import type { BlockGrid, GraphRow, LayerVectors, TextMap } from './textMap.ts';
import { windowOf } from './window.ts';

const PREVIEW_SIDE = 256;
const PREVIEW_EVERY_MS = 330;
/** Rows of a pass that are compared, in its first, its middle and its last one. */
const CHECKED_ROWS = 2;

export interface MapOptions {
  readonly onPasses: (progress: PassProgress) => void;
  /** Queries of a pass; whole blocks of them go through. */
  readonly rowsPerPass: number;
  readonly blocks: BlockSizes;
}

/**
 * Runs a text through a causal model in passes, each seeing the ones before through the KV cache, and keeps what every
 * weight follows from: queries, keys and values, each row's largest score and weight, and the weights reduced to blocks.
 *
 * @throws the signal's reason when it is aborted, between passes.
 */
export async function mapText(
  model: MappedModel,
  ids: readonly number[],
  signal: AbortSignal,
  options: MapOptions,
): Promise<TextMap> {
  const { blocks } = options;
  const step = Math.max(1, Math.floor(options.rowsPerPass / blocks.heads)) * blocks.heads;
  const cache = model.newCache(Math.ceil(ids.length / blocks.heads) * blocks.heads);
  const builder = new MapBuilder(model, ids, blocks, cache);
  const checked = passesToCheck(Math.ceil(ids.length / step));
  const total = ids.length;
  let told = performance.now();
  for (let start = 0; start < total; start += step) {
    await nextTurn(signal);
    const rows = { start, end: Math.min(total, start + step) };
    const compared = checked.includes(start / step) ? rowsToCheck(rows, total) : [];
    const filled = filledUp(ids, rows, blocks.heads);
    const outputs = await model.run({ ids: filled, rows, blocks, past: cache.past(), checked: compared });
    cache.extend(outputs, filled.length);
    builder.add(outputs, rows, compared);
    const now = performance.now();
    const shows = start === 0 || now - told >= PREVIEW_EVERY_MS;
    if (shows) told = now;
    options.onPasses({ done: rows.end, total, preview: shows ? builder.preview() : undefined });
  }
  return builder.finish();
}

interface BlockPieces {
  readonly maxima: AttentionPiece[];
  readonly sums: AttentionPiece[];
}

class MapBuilder {
  private readonly queries: Float32Array[] = [];
  private readonly topScores: Float32Array[];
  private readonly topWeights: Float32Array[];
  private readonly pieces: BlockPieces = { maxima: [], sums: [] };
  private readonly meanPieces: BlockPieces = { maxima: [], sums: [] };
  private readonly peaks: { withoutFirstRow: number; withoutFirstColumn: number }[];
  private readonly meanPeaks = { withoutFirstRow: 0, withoutFirstColumn: 0 };
  private readonly checkedRows: GraphRow[] = [];
  private readonly picture: { readonly block: number; readonly side: number; readonly data: Float32Array };
  private rowSumError = 0;
  private futureWeight = 0;
  private last: MapOutputs | undefined;
  private done = 0;

  constructor(
    private readonly model: MappedModel,
    private readonly ids: readonly number[],
    private readonly blocks: BlockSizes,
    private readonly cache: GrowingCache,
  ) {
    const { layers, heads } = model.description;
    const perRow = (): Float32Array[] => Array.from({ length: layers }, () => new Float32Array(heads * ids.length));
    this.topScores = perRow();
    this.topWeights = perRow();
    this.peaks = Array.from({ length: layers * heads }, () => ({ withoutFirstRow: 0, withoutFirstColumn: 0 }));
    const block = Math.max(blocks.mean, blockWithin(ids.length, PREVIEW_SIDE));
    const side = Math.ceil(ids.length / block);
    this.picture = { block, side, data: new Float32Array(side * side) };
  }

  add(outputs: MapOutputs, rows: TokenRange, checked: readonly number[]): void {
    const { graph, description } = this.model;
    const { heads } = description;
    const size = Math.ceil((rows.end - rows.start) / this.blocks.heads) * this.blocks.heads;
    graph.layers.forEach((layer, index) => {
      const numbers = (name: string): Float32Array => floatsOf(outputs[name]!);
      const first = numbers(layer.reduced.first);
      const later = numbers(layer.reduced.later);
      const top = numbers(layer.topScores);
      const sums = numbers(layer.rowSums);
      for (let head = 0; head < heads; head++) {
        const peak = this.peaks[index * heads + head]!;
        for (let row = 0; row < rows.end - rows.start; row++) {
          const at = head * size + row;
          const query = rows.start + row;
          raise(peak, query, first[at]!, later[at]!);
          this.topScores[index]![head * this.ids.length + query] = top[at]!;
          this.topWeights[index]![head * this.ids.length + query] = Math.max(first[at]!, later[at]!);
          this.rowSumError = Math.max(this.rowSumError, Math.abs(sums[at]! - 1));
        }
      }
      for (const weight of numbers(layer.future)) this.futureWeight = Math.max(this.futureWeight, weight);
      if (layer.query) this.addQueries(index, numbers(layer.query.tensor), rows, size);
    });
    this.addBlocks(
      outputs,
      graph.layers.map(({ reduced }) => reduced),
      this.pieces,
      rows,
      this.blocks.heads,
    );
    this.paint(this.addBlocks(outputs, [graph.mean], this.meanPieces, rows, this.blocks.mean));
    this.raiseMean(outputs, graph.mean, rows);
    this.addChecked(outputs, rows, checked);
    this.last = outputs;
    this.done = rows.end;
  }

  preview(): Preview {
    const { block, side, data } = this.picture;
    const rows = Math.ceil(this.done / block);
    return { block, side, rows, data: data.slice(0, rows * side) };
  }

  finish(): TextMap {
    const { graph, description, cacheShape } = this.model;
    const { heads, keyValueHeads } = description;
    const layers = graph.cache.map(({ past }, index): LayerVectors => {
      const query = graph.layers[index]!.query;
      const { scale, cap } = scoreScalars(query?.scores, this.last!);
      return {
        queries: this.queries[index] ?? new Float32Array(),
        keys: this.cache.numbers(past.key),
        values: this.cache.numbers(past.value),
        topScores: this.topScores[index]!,
        topWeights: this.topWeights[index]!,
        scale,
        cap,
        window: windowOf(this.checkedRows, index, heads),
      };
    });
    const grid = (pieces: BlockPieces, block: number, count: number): BlockGrid => {
      const maxima = new PiecewiseAttention(pieces.maxima, count);
      return { block, maxima, sums: block === 1 ? maxima : new PiecewiseAttention(pieces.sums, count) };
    };
    return {
      tokens: this.ids.length,
      heads,
      keyValueHeads,
      headSize: cacheShape.headSize,
      positions: this.cache.positions,
      layers,
      blocks: this.blocks,
      grid: grid(this.pieces, this.blocks.heads, heads),
      meanGrid: grid(this.meanPieces, this.blocks.mean, 1),
      peaks: this.peaks,
      meanPeaks: this.meanPeaks,
      check: { rowSumError: this.rowSumError, futureWeight: this.futureWeight },
      checkedRows: this.checkedRows,
    };
  }

  private addQueries(layer: number, queries: Float32Array, rows: TokenRange, size: number): void {
    const { heads } = this.model.description;
    const width = queries.length / (heads * size);
    const all = (this.queries[layer] ??= new Float32Array(heads * this.ids.length * width));
    for (let head = 0; head < heads; head++) {
      const from = head * size * width;
      const part = queries.subarray(from, from + (rows.end - rows.start) * width);
      all.set(part, (head * this.ids.length + rows.start) * width);
    }
  }

  /** @returns the maxima that were added */
  private addBlocks(
    outputs: MapOutputs,
    reduced: readonly Reduced[],
    pieces: BlockPieces,
    rows: TokenRange,
    block: number,
  ): AttentionPiece {
    const of = { start: rows.start / block, end: Math.ceil(rows.end / block) };
    // Blocks of a mean are smaller than those to which passes are filled up: what is behind the text goes.
    const piece = (names: readonly string[]): AttentionPiece => {
      const layers = names.map((name) => trimmed(outputs[name]!, of.end - of.start, of.end));
      return { rows: of, keys: of.end, layers };
    };
    const maxima = piece(reduced.map((one) => one.maxima));
    pieces.maxima.push(maxima);
    if (block > 1) pieces.sums.push(piece(reduced.map(({ sums }) => sums)));
    return maxima;
  }

  private paint({ rows, keys, layers }: AttentionPiece): void {
    const { block, side, data } = this.picture;
    const blocks = block / this.blocks.mean;
    const [maxima] = layers;
    for (let row = rows.start; row < rows.end; row++) {
      const into = Math.floor(row / blocks) * side;
      for (let key = 0; key < keys; key++) {
        const cell = into + Math.floor(key / blocks);
        data[cell] = Math.max(data[cell]!, maxima![(row - rows.start) * keys + key]!);
      }
    }
  }

  private raiseMean(outputs: MapOutputs, { first, later }: Reduced, rows: TokenRange): void {
    const [firsts, laters] = [floatsOf(outputs[first]!), floatsOf(outputs[later]!)];
    for (let row = 0; row < rows.end - rows.start; row++) {
      raise(this.meanPeaks, rows.start + row, firsts[row]!, laters[row]!);
    }
  }

  private addChecked(outputs: MapOutputs, rows: TokenRange, checked: readonly number[]): void {
    const { graph, description } = this.model;
    const { heads } = description;
    checked.forEach((row, place) => {
      const query = rows.start + row;
      const layers = graph.layers.map((layer) => {
        const { data, dims } = outputs[layer.checked]!;
        const keys = dims.at(-1)!;
        const row = new Float32Array(heads * (query + 1));
        for (let head = 0; head < heads; head++) {
          const from = (head * checked.length + place) * keys;
          row.set((data as Float32Array).subarray(from, from + query + 1), head * (query + 1));
        }
        return row;
      });
      this.checkedRows.push({ query, layers });
    });
  }
}

function raise(
  peak: { withoutFirstRow: number; withoutFirstColumn: number },
  query: number,
  first: number,
  later: number,
): asserts peak is Peaks {
  peak.withoutFirstColumn = Math.max(peak.withoutFirstColumn, later);
  if (query > 0) peak.withoutFirstRow = Math.max(peak.withoutFirstRow, first, later);
}

/** A tensor [heads, rows, keys] without the rows and keys that are too many. */
function trimmed(tensor: Tensor, rows: number, keys: number): Float32Array {
  const [heads, allRows, allKeys] = tensor.dims as readonly [number, number, number];
  const all = floatsOf(tensor);
  if (allRows === rows && allKeys === keys) return all;
  const kept = new Float32Array(heads * rows * keys);
  for (let head = 0; head < heads; head++) {
    for (let row = 0; row < rows; row++) {
      const from = (head * allRows + row) * allKeys;
      kept.set(all.subarray(from, from + keys), (head * rows + row) * keys);
    }
  }
  return kept;
}

function floatsOf(tensor: Tensor): Float32Array {
  return tensor.data as Float32Array;
}

/** The ids of a pass, filled up to whole blocks: what follows the text changes nothing before it. */
function filledUp(ids: readonly number[], { start, end }: TokenRange, block: number): readonly number[] {
  const missing = (block - ((end - start) % block)) % block;
  return [...ids.slice(start, end), ...new Array<number>(missing).fill(ids[0]!)];
}

function passesToCheck(passes: number): readonly number[] {
  return [0, Math.floor(passes / 2), passes - 1];
}

/** Rows of a pass to compare, counted in it: anywhere, and the last of the text. */
function rowsToCheck({ start, end }: TokenRange, tokens: number): readonly number[] {
  const anywhere = Array.from({ length: CHECKED_ROWS }, (_, index) =>
    Math.floor(uniformAt(tokens, start + index) * (end - start)),
  );
  return [...new Set([...anywhere, ...(end === tokens ? [end - start - 1] : [])])];
}
