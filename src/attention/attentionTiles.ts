import type { TokenRange } from '../protocol/run.ts';
import { vectorOf } from './steps.ts';

/** What is kept of a row after a tile of its keys: two numbers and one vector, however many keys there were. */
export interface Tile extends TokenRange {
  /** m: the largest score of this and all earlier tiles. */
  readonly maximum: number;
  /** l: Σ e^(s − m) over the keys of this and all earlier tiles. */
  readonly sum: number;
  /** e^(m before − m): what the earlier sum and output were multiplied by; 0 at the first tile, 1 where m stayed. */
  readonly factor: number;
  /** [value size]: Σ e^(s − m) · v / l, the row's output if its keys ended here. */
  readonly output: Float64Array;
}

/**
 * A row's output tile by tile, with a running maximum and sum (Milakov & Gimelshein 2018), as FlashAttention computes it
 * (Dao et al. 2022, algorithm 1): never more than one tile of scores at a time, no row of weights. After the last tile
 * the output is softmax(scores) · values, but for rounding.
 *
 * @param scores [keys], −Infinity where masked
 * @param valueVectors [keys, value size]
 * @param tileSize keys of a tile; the last one may be shorter
 */
export function attentionTiles(scores: Float64Array, valueVectors: Float32Array, tileSize: number): readonly Tile[] {
  const valueSize = valueVectors.length / scores.length;
  const accumulated = new Float64Array(valueSize);
  const tiles: Tile[] = [];
  let [maximum, sum] = [-Infinity, 0];
  for (let start = 0; start < scores.length; start += tileSize) {
    const end = Math.min(scores.length, start + tileSize);
    const before = maximum;
    for (let key = start; key < end; key++) maximum = Math.max(maximum, scores[key]!);
    const factor = power(before, maximum);
    sum *= factor;
    for (let dimension = 0; dimension < valueSize; dimension++) accumulated[dimension]! *= factor;
    for (let key = start; key < end; key++) {
      const share = power(scores[key]!, maximum);
      const value = vectorOf(valueVectors, key, valueSize);
      sum += share;
      for (let dimension = 0; dimension < valueSize; dimension++) accumulated[dimension]! += share * value[dimension]!;
    }
    const output = accumulated.map((component) => (sum === 0 ? 0 : component / sum));
    tiles.push({ start, end, maximum, sum, factor, output });
  }
  return tiles;
}

/** e^(score − maximum); 0 for what is masked, also where everything was so far. */
function power(score: number, maximum: number): number {
  return score === -Infinity ? 0 : Math.exp(score - maximum);
}
