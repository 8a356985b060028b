import type { HeadId } from '../../protocol/model.ts';
import type { Block, Pooling, TokenRange } from '../../protocol/run.ts';
import { nextTurn } from '../runtime/turns.ts';
import type { LayerVectors, TextMap, Vectors } from './textMap.ts';
import type { TileForm, TileGraphs, TileNumbers } from './tileGraph.ts';

/** Cells that are computed in one go: a few milliseconds, after which others have their turn. */
const CELLS_AT_ONCE = 2 ** 21;

const FEWEST = 2;

export interface TileRequest {
  readonly rows: TokenRange;
  readonly columns: TokenRange;
  readonly block: Block;
  readonly pooling: Pooling;
  readonly joined: TileForm['heads'];
}

/** Rows of cells, as they are computed. */
export interface TilePart {
  /** The queries. */
  readonly rows: TokenRange;
  /**
   * Cells of a row: more than the region has where blocks, or the text, were filled up; fewer where the rest is after all
   * queries.
   */
  readonly width: number;
  /** [heads, rows of cells, width], or [rows of cells, width] of joined heads; of distances [heads, rows]. */
  readonly data: Float32Array;
}

/** Computes regions of the weights of some heads from queries and keys. */
export class Tiles {
  private readonly hasHalves: boolean;

  constructor(
    private readonly map: TextMap<Vectors>,
    private readonly graphs: TileGraphs,
    /** ‖v_j·W_O‖₂ [layers, heads, tokens], that weights are multiplied by. */
    private readonly norms?: Float32Array,
  ) {
    this.hasHalves = map.layers.some(({ queries }) => queries instanceof Uint16Array);
  }

  /** The region's rows from the first on, some at a time. Others have their turn in between. */
  async *parts(heads: readonly HeadId[], request: TileRequest, signal: AbortSignal): AsyncGenerator<TilePart> {
    const { rows, columns, block } = request;
    const width = this.widthOf(columns, block.columns);
    const keys = this.keysOf(heads, columns, width);
    const norms = this.normsOf(heads, columns, width);
    const step = Math.max(1, Math.floor(CELLS_AT_ONCE / (heads.length * width * block.rows))) * block.rows;
    for (let start = rows.start; start < rows.end; start += step) {
      const part = { start, end: Math.min(rows.end, start + step) };
      // Keys of a single head follow one another: those after all queries of the part are left out at once.
      const seen =
        heads.length === 1 ? Math.min(width, filled({ start: columns.start, end: part.end }, block.columns)) : width;
      const batch = heads.length === 1 ? { ...keys, keys: keys.keys.subarray(0, seen * this.map.headSize) } : keys;
      const data = await this.part(
        heads,
        { ...request, rows: part },
        seen,
        batch,
        norms?.subarray(0, heads.length * seen),
      );
      yield { rows: part, width: seen / block.columns, data };
      if (part.end < rows.end) await nextTurn(signal);
    }
  }

  /** Keys that are computed for a region: whole blocks, and of the whole text all that the cache holds. */
  private widthOf({ start, end }: TokenRange, block: number): number {
    const { tokens, positions } = this.map;
    const isWhole = start === 0 && end === tokens && positions % block === 0;
    return isWhole ? positions : filled({ start, end }, block);
  }

  private async part(
    heads: readonly HeadId[],
    { rows, columns, block, pooling, joined }: TileRequest,
    width: number,
    keys: KeyBatch,
    norms: Float32Array | undefined,
  ): Promise<Float32Array> {
    const height = filled(rows, block.rows);
    const [first] = heads;
    const { scale, cap, window } = this.map.layers[first!.layer]!;
    const isPooled = block.rows > 1 || block.columns > 1;
    const form: TileForm = {
      hasCap: cap !== undefined,
      // Keys that only fill up the last block come after every query, too.
      isCausal: columns.start + width - 1 > rows.start,
      hasWindow: window !== undefined && columns.start <= rows.start + height - 1 - window,
      hasNorms: norms !== undefined,
      hasHalves: this.hasHalves,
      heads: joined,
      pooling: isPooled ? pooling : undefined,
    };
    const tile: TileNumbers = {
      ...this.queriesOf(heads, rows, height),
      ...keys,
      norms,
      heads: heads.length,
      rows: height,
      columns: width,
      block,
      offset: rows.start - columns.start,
      scale,
      cap,
      window,
    };
    return this.graphs.run(form, tile);
  }

  /** Queries, with the largest score and weight of their rows; rows that only fill up have no weight. */
  private queriesOf(heads: readonly HeadId[], rows: TokenRange, height: number) {
    const { headSize, tokens } = this.map;
    const queries = this.vectors(heads.length * height * headSize);
    const topScores = new Float32Array(heads.length * height).fill(Infinity);
    const topWeights = new Float32Array(heads.length * height);
    heads.forEach(({ layer, head }, place) => {
      const vectors = this.map.layers[layer]!;
      const from = (head * tokens + rows.start) * headSize;
      const part = vectors.queries.subarray(from, from + (rows.end - rows.start) * headSize);
      queries.set(part, place * height * headSize);
      const own = (numbers: Float32Array): Float32Array =>
        numbers.subarray(head * tokens + rows.start, head * tokens + rows.end);
      topScores.set(own(vectors.topScores), place * height);
      topWeights.set(own(vectors.topWeights), place * height);
    });
    return { queries, topScores, topWeights };
  }

  /** Keys of the heads; of a whole layer, or a single head, without a copy where the region is as wide as the text. */
  private keysOf(heads: readonly HeadId[], columns: TokenRange, width: number): KeyBatch {
    const { headSize, positions, keyValueHeads, heads: allHeads } = this.map;
    const group = allHeads / keyValueHeads;
    const layers = heads.map(({ layer }) => this.map.layers[layer]!);
    const isLayer =
      heads.length === allHeads && heads.every(({ layer, head }, place) => layer === heads[0]!.layer && head === place);
    if (isLayer && columns.start === 0 && width === positions)
      return { keys: layers[0]!.keys, keyHeads: keyValueHeads };
    const slice = (layer: LayerVectors<Vectors>, head: number): Vectors => {
      const from = head * positions + columns.start;
      const held = Math.min(width, positions - columns.start);
      return layer.keys.subarray(from * headSize, (from + held) * headSize);
    };
    const sources = isLayer
      ? Array.from({ length: keyValueHeads }, (_, head) => slice(layers[0]!, head))
      : heads.map(({ head }, place) => slice(layers[place]!, Math.floor(head / group)));
    const [only] = sources;
    if (sources.length === 1 && only!.length === width * headSize) return { keys: only!, keyHeads: 1 };
    const keys = this.vectors(sources.length * width * headSize);
    sources.forEach((source, place) => keys.set(source, place * width * headSize));
    return { keys, keyHeads: sources.length };
  }

  /** Room for as many numbers of the kind that is kept. */
  private vectors(length: number): Vectors {
    return this.hasHalves ? new Uint16Array(length) : new Float32Array(length);
  }

  private normsOf(heads: readonly HeadId[], columns: TokenRange, width: number): Float32Array | undefined {
    if (!this.norms) return undefined;
    const norms = new Float32Array(heads.length * width);
    heads.forEach(({ layer, head }, place) => {
      const from = (layer * this.map.heads + head) * this.map.tokens;
      norms.set(this.norms!.subarray(from + columns.start, from + columns.end), place * width);
    });
    return norms;
  }
}

/**
 * Tokens of whole blocks, and never one alone: the runtime multiplies a single row or column in another order, and
 * large scores would round otherwise than in the model's graph.
 */
function filled({ start, end }: TokenRange, block: number): number {
  return Math.max(FEWEST, Math.ceil((end - start) / block) * block);
}

interface KeyBatch {
  readonly keys: Vectors;
  readonly keyHeads: number;
}
