import type { HeadGrid, HeadId } from '../protocol/model.ts';
import type { TokenRange } from '../protocol/run.ts';

/**
 * The attention weights of one run, A = softmax(Q·Kᵀ·scale + mask), [layers, heads, tokens, tokens].
 * Readers ask for regions, so that a source may compute them when asked instead of holding the whole.
 */
export interface AttentionSource {
  readonly layers: number;
  readonly heads: number;
  readonly tokens: number;
  /**
   * Weights of one head from the queries in `rows` to the keys in `columns`: [rows, columns], row-major.
   * The result may be a view of the source: read it, do not write to it.
   */
  region(head: HeadId, rows: TokenRange, columns: TokenRange): Float32Array;
}

/** Weights of consecutive queries as one forward pass made them, one array for each layer. */
export interface AttentionPiece {
  readonly rows: TokenRange;
  /** Keys of every row: those before and of this pass, from the first token on. */
  readonly keys: number;
  /** For each layer [heads, rows, keys]. */
  readonly layers: readonly Float32Array[];
}

/**
 * Weights in memory as the passes over a text made them: one pass over all of it, or several whose later tokens see the
 * earlier ones through the KV cache. Weights on keys that a pass did not know yet are exactly 0.
 */
export class PiecewiseAttention implements AttentionSource {
  readonly layers: number;
  readonly tokens: number;
  readonly bytes: number;

  /** @throws RangeError when the pieces do not follow one another, or an array is not [heads, rows, keys]. */
  constructor(
    private readonly pieces: readonly AttentionPiece[],
    readonly heads: number,
  ) {
    this.layers = pieces[0]?.layers.length ?? 0;
    this.tokens = pieces.at(-1)?.rows.end ?? 0;
    this.bytes = pieces.flatMap(({ layers }) => layers).reduce((sum, { byteLength }) => sum + byteLength, 0);
    pieces.forEach(({ rows, keys, layers }, index) => {
      const size = heads * (rows.end - rows.start) * keys;
      const follows = rows.start === (pieces[index - 1]?.rows.end ?? 0) && keys <= this.tokens;
      if (!follows || layers.length !== this.layers || layers.some(({ length }) => length !== size)) {
        throw new RangeError(`The rows ${rows.start} to ${rows.end} are not [${heads}, rows, ${keys}] in each layer.`);
      }
    });
  }

  region({ layer, head }: HeadId, rows: TokenRange, columns: TokenRange): Float32Array {
    const [first] = this.pieces;
    if (first?.rows.end === this.tokens && columns.end - columns.start === first.keys) {
      return matrixOf(first, layer, head).subarray(rows.start * first.keys, rows.end * first.keys);
    }
    const width = columns.end - columns.start;
    const region = new Float32Array((rows.end - rows.start) * width);
    for (const piece of this.pieces) {
      const start = Math.max(rows.start, piece.rows.start);
      const end = Math.min(rows.end, piece.rows.end);
      const matrix = start < end ? matrixOf(piece, layer, head) : new Float32Array();
      for (let row = start; row < end; row++) {
        const from = (row - piece.rows.start) * piece.keys;
        const known = matrix.subarray(
          from + columns.start,
          from + Math.max(columns.start, Math.min(columns.end, piece.keys)),
        );
        region.set(known, (row - rows.start) * width);
      }
    }
    return region;
  }
}

/** Weights of one head in a piece: [rows, keys], a view. */
function matrixOf({ rows, keys, layers }: AttentionPiece, layer: number, head: number): Float32Array {
  const weights = layers[layer];
  if (weights === undefined) throw new RangeError(`There is no layer ${layer}.`);
  const size = (rows.end - rows.start) * keys;
  return weights.subarray(head * size, (head + 1) * size);
}

/** All heads of a source, layer by layer. */
export function allHeads(source: HeadGrid): readonly HeadId[] {
  return Array.from({ length: source.layers * source.heads }, (_, index) => ({
    layer: Math.floor(index / source.heads),
    head: index % source.heads,
  }));
}
