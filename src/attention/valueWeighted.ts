import type { HeadId } from '../protocol/model.ts';
import type { TokenRange } from '../protocol/run.ts';
import type { AttentionSource } from './source.ts';

/**
 * Value-weighted norms ‖A[i, j] · v_j · W_O‖₂ = A[i, j] · ‖v_j · W_O‖₂ (Kobayashi et al. 2020): how long the vector is
 * that token j adds to what leaves a head at position i. No share: rows sum to nothing in particular.
 */
export class ValueWeighted implements AttentionSource {
  readonly layers: number;
  readonly heads: number;
  readonly tokens: number;

  /**
   * @param valueNorms ‖v_j · W_O‖₂, [layers, heads, tokens]
   * @throws RangeError when there are not as many norms
   */
  constructor(
    private readonly weights: AttentionSource,
    private readonly valueNorms: Float32Array,
  ) {
    const { layers, heads, tokens } = weights;
    [this.layers, this.heads, this.tokens] = [layers, heads, tokens];
    if (valueNorms.length !== layers * heads * tokens) {
      throw new RangeError(`${valueNorms.length} norms are not [${layers}, ${heads}, ${tokens}].`);
    }
  }

  region(head: HeadId, rows: TokenRange, columns: TokenRange): Float32Array {
    const region = Float32Array.from(this.weights.region(head, rows, columns));
    const first = (head.layer * this.heads + head.head) * this.tokens;
    const norms = this.valueNorms.subarray(first + columns.start, first + columns.end);
    for (let cell = 0; cell < region.length; cell++) region[cell]! *= norms[cell % norms.length]!;
    return region;
  }
}
