import type { AttentionPiece } from '../../attention/source.ts';
import { blockWithin } from '../../protocol/cells.ts';
import type { PassProgress } from '../../protocol/modelWire.ts';
import type { Preview, TokenRange } from '../../protocol/run.ts';
import { uniformAt } from '../../attention/random.ts';
import type { Kept, LayerReductions } from '../graph/longContextPart.ts';
import type { KvCache } from '../runtime/kvCache.ts';
import type { LoadedModel } from '../runtime/loadedModel.ts';
import type { BlockSizes } from './blockGrid.ts';
import { GridBuilder } from './gridBuilder.ts';
import { type ScoreScalars, scoreScalars } from './scoreScalars.ts';
import type { GraphRow, LayerVectors, TextMap } from './textMap.ts';
import { windowOf } from './attentionWindow.ts';

const PREVIEW_SIDE = 256;
const PREVIEW_EVERY_MS = 330;
/** Rows of a pass that are compared, in its first, its middle and its last one. */
const CHECKED_ROWS = 2;

/** How far the passes are, told after each. */
export type PassesDone = Omit<PassProgress, 'left'>;

export interface MapOptions {
  readonly onPasses: (progress: PassesDone) => void;
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
  model: LoadedModel,
  ids: readonly number[],
  signal: AbortSignal,
  options: MapOptions,
): Promise<TextMap> {
  const { blocks } = options;
  const step = Math.max(1, Math.floor(options.rowsPerPass / blocks.heads)) * blocks.heads;
  const cache = model.newCache();
  cache.growTo(Math.ceil(ids.length / blocks.heads) * blocks.heads);
  const builder = new MapBuilder(model, ids, blocks, cache);
  const checked = passesToCheck(Math.ceil(ids.length / step));
  const total = ids.length;
  let told = performance.now();
  for (let start = 0; start < total; start += step) {
    await model.turns.betweenPasses(signal);
    const rows = { start, end: Math.min(total, start + step) };
    const compared = checked.includes(start / step) ? rowsToCheck(rows, total) : [];
    const filled = filledUp(ids, rows, blocks.heads);
    const positions = filled.map((_, row) => start + row);
    const { present, reductions } = await model.run({
      ...{
        ids: filled,
        positions,
        pastLength: start,
        past: cache.past(),
        wantsCache: true,
        room: cache.room(filled.length),
      },
      longContext: { ofText: rows.end - rows.start, blocks, checked: compared },
    });
    cache.extend(present, positions);
    builder.add(
      model.facts.map((_, layer) => reductions(layer)),
      rows,
      filled.length,
      compared,
    );
    const now = performance.now();
    const shows = start === 0 || now - told >= PREVIEW_EVERY_MS;
    if (shows) told = now;
    options.onPasses({ done: rows.end, total, preview: shows ? builder.preview() : undefined });
  }
  cache.settle();
  return builder.finish(await scoreScalars(model, ids[0]!));
}

class MapBuilder {
  private readonly queries: Float32Array[] = [];
  private readonly topScores: Float32Array[];
  private readonly topWeights: Float32Array[];
  private readonly grids: Readonly<Record<Kept, GridBuilder>>;
  private readonly checkedRows: GraphRow[] = [];
  private readonly picture: { readonly block: number; readonly side: number; readonly data: Float32Array };
  private rowSumError = 0;
  private futureWeight = 0;
  private done = 0;

  constructor(
    private readonly model: LoadedModel,
    private readonly ids: readonly number[],
    private readonly blocks: BlockSizes,
    private readonly cache: KvCache,
  ) {
    const { layers, heads } = model.description;
    const perRow = (): Float32Array[] => Array.from({ length: layers }, () => new Float32Array(heads * ids.length));
    this.topScores = perRow();
    this.topWeights = perRow();
    this.grids = {
      heads: new GridBuilder(heads, blocks.heads),
      layers: new GridBuilder(1, blocks.layers),
      mean: new GridBuilder(1, blocks.mean),
    };
    const block = Math.max(blocks.mean, blockWithin(ids.length, PREVIEW_SIDE));
    const side = Math.ceil(ids.length / block);
    this.picture = { block, side, data: new Float32Array(side * side) };
  }

  /** @param filled queries of the pass, with those that fill up its last block */
  add(
    layers: readonly LayerReductions<Float32Array>[],
    rows: TokenRange,
    filled: number,
    checked: readonly number[],
  ): void {
    const { heads } = this.model.description;
    layers.forEach(({ heads: { first, later }, topScores, rowSums, future, queries }, index) => {
      for (let head = 0; head < heads; head++) {
        for (let row = 0; row < rows.end - rows.start; row++) {
          const at = head * filled + row;
          const query = rows.start + row;
          this.topScores[index]![head * this.ids.length + query] = topScores[at]!;
          this.topWeights[index]![head * this.ids.length + query] = Math.max(first[at]!, later[at]!);
          this.rowSumError = Math.max(this.rowSumError, Math.abs(rowSums[at]! - 1));
        }
      }
      for (const weight of future) this.futureWeight = Math.max(this.futureWeight, weight);
      if (queries) this.addQueries(index, queries, rows, filled);
    });
    const of = (kept: Kept) =>
      this.grids[kept].add(
        layers.flatMap((layer) => layer[kept] ?? []),
        rows,
        filled,
      );
    of('heads');
    of('layers');
    this.paint(of('mean'));
    this.addChecked(layers, rows, filled, checked);
    this.done = rows.end;
  }

  preview(): Preview {
    const { block, side, data } = this.picture;
    const rows = Math.ceil(this.done / block);
    return { block, side, rows, data: data.slice(0, rows * side) };
  }

  finish(scalars: readonly ScoreScalars[]): TextMap {
    const { description, cacheShape } = this.model;
    const { heads, keyValueHeads } = description;
    const layers = scalars.map(({ scale, cap }, index): LayerVectors => {
      return {
        queries: this.queries[index] ?? new Float32Array(),
        ...this.cache.vectors(index),
        topScores: this.topScores[index]!,
        topWeights: this.topWeights[index]!,
        scale,
        cap,
        window: windowOf(this.checkedRows, index, heads),
      };
    });
    return {
      tokens: this.ids.length,
      heads,
      keyValueHeads,
      headSize: cacheShape!.headSize,
      positions: this.cache.positions.length,
      layers,
      cache: this.cache,
      blocks: this.blocks,
      grids: {
        heads: this.grids.heads.finish(),
        layers: this.grids.layers.finish(),
        mean: this.grids.mean.finish(),
      },
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

  private addChecked(
    layers: readonly LayerReductions<Float32Array>[],
    rows: TokenRange,
    filled: number,
    checked: readonly number[],
  ): void {
    const { heads } = this.model.description;
    const keys = rows.start + filled;
    checked.forEach((row, place) => {
      const query = rows.start + row;
      const ofLayers = layers.map(({ checked: weights }) => {
        const row = new Float32Array(heads * (query + 1));
        for (let head = 0; head < heads; head++) {
          const from = (head * checked.length + place) * keys;
          row.set(weights.subarray(from, from + query + 1), head * (query + 1));
        }
        return row;
      });
      this.checkedRows.push({ query, layers: ofLayers });
    });
  }
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
