import type { RowSteps } from '../protocol/inspection.ts';
import { largestDifference } from './difference.ts';

/** A row computed again from queries, keys and values, in double precision, and how far the model's own numbers lie off. */
export interface RecomputedRow {
  /** [keys]: q·k. */
  readonly products: Float64Array;
  /** [keys]: what enters the softmax; −Infinity where masked. */
  readonly scores: Float64Array;
  /** [keys] */
  readonly weights: Float64Array;
  /** [value size]: Σ weights × values. */
  readonly output: Float64Array;
  /** Largest absolute differences to the model's scores, weights and output. */
  readonly differences: { readonly scores: number; readonly weights: number; readonly output: number };
}

/**
 * Attention of one query in one head, softmax(c·tanh(q·k·scale / c) + bias) · v (Vaswani et al. 2017, eq. 1; the cap c as
 * in Gemma 2), from the vectors that the graph computed.
 */
export function recomputeRow(row: RowSteps): RecomputedRow {
  const products = queryKeyProducts(row);
  const scores = scoresOf(row, products, row.scale);
  const weights = softmax(scores);
  const output = weightedSum(weights, row.valueVectors);
  const differences = {
    scores: largestDifference(scores, row.scores),
    weights: largestDifference(weights, row.weights),
    output: largestDifference(output, row.output),
  };
  return { products, scores, weights, output, differences };
}

/** What a row's products are multiplied by: 1, 1/√d up to the precision in which a graph may hold it, or something else. */
export function scaleKind({ headSize, scale }: Pick<RowSteps, 'headSize' | 'scale'>): 'none' | 'root' | 'down' | 'up' {
  if (scale === 1) return 'none';
  if (Math.abs(scale * Math.sqrt(headSize) - 1) < 1e-3) return 'root';
  return scale < 1 ? 'down' : 'up';
}

/** [keys]: the weights of the same row if the products were not scaled: everything else stays. */
export function unscaledWeights(row: RowSteps, products: Float64Array): Float64Array {
  return softmax(scoresOf(row, products, 1));
}

/** [d]: the products of a query and one of the `keys` dimension by dimension; their sum is q·k. */
export function dimensionProducts(row: RowSteps, key: number): Float64Array {
  const keyVector = vectorOf(row.keyVectors, key, row.headSize);
  return Float64Array.from(row.queryVector, (value, dimension) => value * keyVector[dimension]!);
}

/** Row `index` of [rows, size]: a view. */
export function vectorOf(vectors: Float32Array, index: number, size: number): Float32Array {
  return vectors.subarray(index * size, (index + 1) * size);
}

/**
 * [keys]: e^s / Σ e^s. The largest score is subtracted first, which changes nothing but keeps e^s finite. All scores
 * −Infinity: all weights 0, as exports of fully masked rows have them.
 */
export function softmax(scores: Float64Array): Float64Array {
  const { largest, total } = softmaxParts(scores);
  if (largest === -Infinity) return new Float64Array(scores.length);
  return scores.map((score) => Math.exp(score - largest) / total);
}

/** The largest score, and Σ e^(s − largest). */
export function softmaxParts(scores: Float64Array): { readonly largest: number; readonly total: number } {
  const largest = scores.reduce((most, score) => Math.max(most, score), -Infinity);
  const total = scores.reduce((sum, score) => sum + Math.exp(score - largest), 0);
  return { largest, total };
}

/**
 * [keys]: which part of the output each token makes, (w·v)·o / o·o: the length of its weighted value along the
 * output's own direction, as a share of the output's length. Sums to 1; negative where a token pulls the other way.
 */
export function outputShares({ weights, output }: RecomputedRow, valueVectors: Float32Array): Float64Array {
  const squared = dot(output, output);
  return weights.map((weight, key) => {
    const along = dot(vectorOf(valueVectors, key, output.length), output);
    return squared === 0 ? 0 : (weight * along) / squared;
  });
}

/** [keys]: ‖w·v‖₂ of each token, before the output projection. */
export function weightedValueNorms(weights: Float64Array, valueVectors: Float32Array): Float64Array {
  const size = valueVectors.length / weights.length;
  return weights.map((weight, key) => {
    const value = vectorOf(valueVectors, key, size);
    return weight * Math.sqrt(dot(value, value));
  });
}

/** The first and the last of the query heads that read a key/value head: consecutive ones share it (Ainslie et al. 2023). */
export function headsSharing(
  keyValueHead: number,
  { heads, keyValueHeads }: { readonly heads: number; readonly keyValueHeads: number },
): { readonly first: number; readonly last: number } {
  const group = heads / keyValueHeads;
  return { first: keyValueHead * group, last: (keyValueHead + 1) * group - 1 };
}

function queryKeyProducts({ keys, headSize, queryVector, keyVectors }: RowSteps): Float64Array {
  return Float64Array.from({ length: keys }, (_, key) => dot(vectorOf(keyVectors, key, headSize), queryVector));
}

function scoresOf({ softcap, bias }: RowSteps, products: Float64Array, scale: number): Float64Array {
  return products.map((product, key) => capped(product * scale, softcap) + bias[key]!);
}

/** c·tanh(s/c): close to s where s is small, never beyond ±c. */
export function capped(score: number, softcap: number | undefined): number {
  return softcap === undefined ? score : softcap * Math.tanh(score / softcap);
}

/** [value size]: Σ weights × values. */
export function weightedSum(weights: Float64Array, valueVectors: Float32Array): Float64Array {
  const size = valueVectors.length / weights.length;
  const sum = new Float64Array(size);
  weights.forEach((weight, key) => {
    for (let dimension = 0; dimension < size; dimension++) {
      sum[dimension]! += weight * valueVectors[key * size + dimension]!;
    }
  });
  return sum;
}

function dot(a: Float32Array | Float64Array, b: Float32Array | Float64Array): number {
  let sum = 0;
  for (let index = 0; index < a.length; index++) sum += a[index]! * b[index]!;
  return sum;
}
