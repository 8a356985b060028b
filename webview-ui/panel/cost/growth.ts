import {
  attentionOperations,
  type CacheGrowth,
  causalEntries,
  type CostShape,
  fullCacheBytes,
  linearOperations,
  matrixEntries,
} from '../../../src/attention/costs.ts';

/** A model whose costs are told. */
export interface CostedModel extends CacheGrowth, CostShape {
  readonly name: string;
  /** Where its shape was published; `undefined` for the model that was run. */
  readonly source: string | undefined;
  /** Bytes of a number in matrices and cache. */
  readonly bytes: number;
  /** Only a causal model keeps a KV cache. */
  readonly causal: boolean;
}

/** What one pass over a text of `n` tokens takes. */
export interface Cost {
  readonly n: number;
  readonly entries: number;
  readonly causalEntries: number;
  readonly matrixBytes: number;
  readonly cacheBytes: number;
  /** Multiply-accumulates of attention. */
  readonly attention: number;
  /** Those of everything else. */
  readonly rest: number;
}

export function costAt(model: CostedModel, n: number): Cost {
  const entries = matrixEntries(model, n);
  return {
    n,
    entries,
    causalEntries: causalEntries(model, n),
    matrixBytes: entries * model.bytes,
    cacheBytes: fullCacheBytes(model, model.bytes, n),
    attention: attentionOperations(model, n, n),
    rest: linearOperations(model, n),
  };
}

/** A length in tokens: 4K for 4,096, where it comes out even. */
export function lengthText(n: number): string {
  return n >= 1024 && n % 1024 === 0 ? `${n / 1024}K` : String(n);
}
