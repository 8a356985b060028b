import type { Precision, SelfCheck } from '../protocol/model.ts';
import type { AttentionSource } from './source.ts';
import { allHeads } from './source.ts';

/**
 * Measures what must hold for every attention matrix: each row sums to 1, and a causal model puts exactly
 * nothing on tokens after the query. Both figures are NaN where a weight is: that must not look like a sum of 1.
 */
export function checkInvariants(source: AttentionSource, causal: boolean): SelfCheck {
  const n = source.tokens;
  const whole = { start: 0, end: n };
  let rowSumError = 0;
  let futureWeight = 0;
  for (const head of allHeads(source)) {
    const weights = source.region(head, whole, whole);
    for (let query = 0; query < n; query++) {
      let sum = 0;
      const past = query * n + query + 1;
      const end = (query + 1) * n;
      for (let cell = query * n; cell < past; cell++) sum += weights[cell]!;
      for (let cell = past; cell < end; cell++) {
        const weight = weights[cell]!;
        sum += weight;
        futureWeight = Math.max(futureWeight, weight);
      }
      rowSumError = Math.max(rowSumError, Math.abs(sum - 1));
    }
  }
  return { rowSumError, futureWeight: causal ? futureWeight : undefined };
}

/** Largest |row sum − 1| that counts as 1, by the precision in which attention is computed (fidelity.md). */
export function rowSumTolerance(compute: Precision): number {
  return compute === 'fp32' ? 1e-4 : 1e-3;
}
