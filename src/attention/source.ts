import type { HeadId } from '../protocol/model.ts';
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

/** Weights that are all in memory: one array [heads, tokens, tokens] for each layer. */
export class DenseAttention implements AttentionSource {
  readonly layers: number;

  /** @throws RangeError when an array is not [heads, tokens, tokens]. */
  constructor(
    private readonly weights: readonly Float32Array[],
    readonly heads: number,
    readonly tokens: number,
  ) {
    this.layers = weights.length;
    const expected = heads * tokens * tokens;
    const wrong = weights.findIndex((layer) => layer.length !== expected);
    if (wrong >= 0) {
      throw new RangeError(
        `Layer ${wrong} has ${weights[wrong]?.length} weights, not ${heads} × ${tokens} × ${tokens}.`,
      );
    }
  }

  region({ layer, head }: HeadId, rows: TokenRange, columns: TokenRange): Float32Array {
    const weights = this.weights[layer];
    if (weights === undefined) throw new RangeError(`There is no layer ${layer}.`);
    const n = this.tokens;
    const first = (head * n + rows.start) * n;
    const height = rows.end - rows.start;
    const width = columns.end - columns.start;
    if (width === n) return weights.subarray(first, first + height * n);
    const region = new Float32Array(height * width);
    for (let row = 0; row < height; row++) {
      const start = first + row * n + columns.start;
      if (width === 1) region[row] = weights[start] ?? 0;
      else region.set(weights.subarray(start, start + width), row * width);
    }
    return region;
  }
}

/** All heads of a source, layer by layer. */
export function allHeads(source: Pick<AttentionSource, 'layers' | 'heads'>): readonly HeadId[] {
  return Array.from({ length: source.layers * source.heads }, (_, index) => ({
    layer: Math.floor(index / source.heads),
    head: index % source.heads,
  }));
}
