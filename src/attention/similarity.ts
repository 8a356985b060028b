import type { Reads } from '../protocol/inspection.ts';

/** A cosine from here on prints as 1.000. */
export const SAME_COSINE = 0.9995;

/**
 * Cosine similarity Σ aᵢbᵢ / (‖a‖₂ ‖b‖₂) in double precision: 1 for one direction, 0 for orthogonal vectors.
 *
 * @param a [width]
 * @param b [width]
 * @returns NaN where one of them is 0
 */
export function cosineSimilarity(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) throw new RangeError(`Vectors of ${a.length} and ${b.length} numbers have no cosine.`);
  let [product, squaresOfA, squaresOfB] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    product += a[i]! * b[i]!;
    squaresOfA += a[i]! * a[i]!;
    squaresOfB += b[i]! * b[i]!;
  }
  // One root of both, so that a vector with itself gives 1 exactly.
  const cosine = product / Math.sqrt(squaresOfA * squaresOfB);
  return Math.max(-1, Math.min(1, cosine));
}

/** Cosine of what each layer's attention reads of two tokens, [layers]. */
export function cosineByLayer(first: Reads, second: Reads): readonly number[] {
  const { layers, width } = first;
  if (second.layers !== layers || second.width !== width)
    throw new RangeError('The two texts were read by two models.');
  return Array.from({ length: layers }, (_, layer) => {
    const [start, end] = [layer * width, (layer + 1) * width];
    return cosineSimilarity(first.vectors.subarray(start, end), second.vectors.subarray(start, end));
  });
}

/** A fact about the cosines of two tokens by layer, from the numbers alone. */
export type SimilarityStatement =
  /** All are 1 in print, and so is all that the model can have seen. */
  | { readonly kind: 'samePast' }
  /** All are 1 in print although the contexts differ. */
  | { readonly kind: 'same' }
  /** `from` is the first layer below 1 in print, `layer` the one with the lowest cosine. */
  | {
      readonly kind: 'differs';
      readonly from: number;
      readonly layer: number;
      readonly cosine: number;
      readonly last: number;
    };

/**
 * @param cosines [layers]
 * @param nothingDiffers whether the model is causal and both tokens have the same past
 */
export function similarityStatement(cosines: readonly number[], nothingDiffers: boolean): SimilarityStatement {
  const from = cosines.findIndex((cosine) => !(cosine >= SAME_COSINE));
  if (from < 0) return { kind: nothingDiffers ? 'samePast' : 'same' };
  const lowest = cosines.reduce((least, cosine, layer) => (cosine < cosines[least]! ? layer : least), from);
  return { kind: 'differs', from, layer: lowest, cosine: cosines[lowest]!, last: cosines.at(-1)! };
}
