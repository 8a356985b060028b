import type { AttentionSource } from '../../attention/source.ts';
import type { HeadId } from '../../protocol/model.ts';
import type { TokenRange } from '../../protocol/run.ts';

/** The attention weights of a single query, in each layer [heads, keys]. Its keys are those that it could see. */
export class RowAttention implements AttentionSource {
  readonly layers: number;
  readonly heads: number;
  readonly tokens: number;

  /** @param keys Their positions in the text, ascending. */
  constructor(
    private readonly weights: readonly Float32Array[],
    readonly keys: readonly number[],
  ) {
    this.layers = weights.length;
    this.tokens = keys.length;
    this.heads = (weights[0]?.length ?? 0) / keys.length;
  }

  /** Largest |Σ weights − 1| of a head; NaN if a weight is. */
  get rowSumError(): number {
    let largest = 0;
    for (const weights of this.weights) {
      for (let start = 0; start < weights.length; start += this.tokens) {
        let sum = 0;
        for (let key = start; key < start + this.tokens; key++) sum += weights[key]!;
        largest = Math.max(largest, Math.abs(sum - 1));
      }
    }
    return largest;
  }

  region({ layer, head }: HeadId, _rows: TokenRange, columns: TokenRange): Float32Array {
    const weights = this.weights[layer];
    if (weights === undefined || head >= this.heads)
      throw new RangeError(`There is no head ${head} in a layer ${layer}.`);
    return weights.subarray(head * this.tokens + columns.start, head * this.tokens + columns.end);
  }
}
