import { allHeads, type AttentionSource } from './source.ts';

/** A token that closes something, and the earlier one that opened it. */
export interface Pairing {
  readonly closing: number;
  readonly opening: number;
}

/**
 * For each head in how many of the pairings it finds the answer: the closing token puts more weight on its opening one
 * than on any other earlier token. The first token, on which heads rest, is left aside.
 *
 * @returns counts, [layers, heads]
 */
export function pairingsFound(source: AttentionSource, pairings: readonly Pairing[]): Float32Array {
  const found = new Float32Array(source.layers * source.heads);
  allHeads(source).forEach((head, index) => {
    for (const { closing, opening } of pairings) {
      const row = { start: closing, end: closing + 1 };
      const weights = source.region(head, row, { start: 1, end: closing });
      const answer = weights[opening - 1]!;
      if (weights.every((weight, key) => weight < answer || key === opening - 1)) found[index]! += 1;
    }
  });
  return found;
}
