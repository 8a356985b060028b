import { softmax } from './steps.ts';

/**
 * Weights of a row that sees only keys nearer than `window`, |query − key| < window, as with sliding-window attention
 * (Beltagy et al. 2020; Mistral 7B): the softmax over these keys alone. What the others had is shared out among them.
 *
 * @param scores [keys] of the whole row, −Infinity where masked
 * @returns [keys], 0 outside of the window
 */
export function windowedWeights(scores: Float64Array, query: number, window: number): Float64Array {
  return softmax(scores.map((score, key) => (Math.abs(query - key) < window ? score : -Infinity)));
}
