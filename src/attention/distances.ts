import type { TokenRange } from '../protocol/run.ts';
import { allHeads, type AttentionSource } from './source.ts';

/**
 * How far each head's rows lie from the mean of all heads on the same text: the mean over queries i of the total
 * variation distance ½ Σ_j |A_h[i, j] − Ā[i, j]|, between 0 (as the mean) and 1 (nothing in common).
 * Row by row: it holds one row of every head at a time.
 *
 * @returns distances [layers, heads]
 */
export function headDistances(source: AttentionSource): {
  readonly layers: number;
  readonly heads: number;
  readonly distances: Float32Array;
} {
  const { layers, heads, tokens } = source;
  const sums = new Float64Array(layers * heads);
  addDistances(sums, source, { start: 0, end: tokens });
  return { layers, heads, distances: Float32Array.from(sums) };
}

/** Adds to each head's distance what some queries contribute to it. */
export function addDistances(sums: Float64Array, source: AttentionSource, queries: TokenRange): void {
  const { tokens } = source;
  const columns = { start: 0, end: tokens };
  for (let query = queries.start; query < queries.end; query++) {
    const rows = allHeads(source).map((head) => source.region(head, { start: query, end: query + 1 }, columns));
    const mean = new Float64Array(tokens);
    for (const row of rows) for (let key = 0; key < tokens; key++) mean[key]! += row[key]! / rows.length;
    rows.forEach((row, head) => {
      let sum = 0;
      for (let key = 0; key < tokens; key++) sum += Math.abs(row[key]! - mean[key]!);
      sums[head]! += sum / 2 / tokens;
    });
  }
}
