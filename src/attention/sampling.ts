import type { Sampling } from '../protocol/generation.ts';

/** Tokens with their probabilities [vocabulary]; they sum to 1. */
export type Distribution = Float64Array;

/** softmax(logits ÷ temperature), in double precision: [vocabulary]. */
export function softmax(logits: Float32Array, temperature = 1): Distribution {
  const largest = maximum(logits);
  const weights = new Float64Array(logits.length);
  let sum = 0;
  for (let token = 0; token < logits.length; token++) {
    sum += weights[token] = Math.exp((logits[token]! - largest) / temperature);
  }
  for (let token = 0; token < weights.length; token++) weights[token]! /= sum;
  return weights;
}

/** log Σ exp(logits), in double precision: exp(logit − it) is a token's probability at temperature 1. */
export function logSumExp(logits: Float32Array): number {
  const largest = maximum(logits);
  let sum = 0;
  for (let token = 0; token < logits.length; token++) sum += Math.exp(logits[token]! - largest);
  return largest + Math.log(sum);
}

function maximum(logits: Float32Array): number {
  let largest = -Infinity;
  for (let token = 0; token < logits.length; token++) if (logits[token]! > largest) largest = logits[token]!;
  return largest;
}

/** The `count` largest, largest first; of equal ones the one with the lower id. */
export function largest(values: Float32Array | Float64Array, count: number): readonly number[] {
  const found: number[] = [];
  // What a value has to pass, once all places are taken.
  let least = NaN;
  for (let token = 0; token < values.length; token++) {
    const value = values[token]!;
    if (value <= least) continue;
    let place = found.length;
    while (place > 0 && values[found[place - 1]!]! < value) place--;
    found.splice(place, 0, token);
    if (found.length > count) found.pop();
    if (found.length === count) least = values[found[count - 1]!]!;
  }
  return found;
}

/**
 * The probabilities that the next token is drawn from: temperature, then top-k, then top-p, in the order of
 * transformers' logits processors; what remains is scaled to sum to 1.
 *
 * @param sampling with a temperature above 0: greedy draws nothing.
 */
export function samplingDistribution(logits: Float32Array, { temperature, topK, topP }: Sampling): Distribution {
  const probabilities = softmax(logits, temperature);
  const isLimited = (topK > 0 && topK < probabilities.length) || topP < 1;
  return isLimited ? limited(probabilities, topK === 0 ? probabilities.length : topK, topP) : probabilities;
}

/**
 * The token at which the running sum of the probabilities passes the number.
 *
 * @param uniform in [0, 1).
 */
export function draw(distribution: Distribution, uniform: number): number {
  let sum = 0;
  let last = 0;
  for (let token = 0; token < distribution.length; token++) {
    const probability = distribution[token]!;
    if (probability === 0) continue;
    sum += probability;
    last = token;
    if (uniform < sum) return token;
  }
  // Rounding may leave the sum a little below 1.
  return last;
}

/**
 * The most probable tokens alone, scaled to sum to 1: at most `topK`, and of those the fewest that reach `topP` of their
 * sum. Of equal ones those with lower ids are kept.
 */
function limited(probabilities: Distribution, topK: number, topP: number): Distribution {
  const best = probabilities.slice().sort().reverse().subarray(0, topK);
  const kept = topP < 1 ? nucleus(best, topP) : best;
  const least = kept.at(-1) ?? 0;
  let equal = kept.length - kept.indexOf(least);
  const sum = sumOf(kept);
  return probabilities.map((probability) => {
    const isKept = probability > least || (probability === least && equal-- > 0);
    return isKept ? probability / sum : 0;
  });
}

/** The shortest beginning of descending probabilities that reaches `topP` of their sum. */
function nucleus(descending: Distribution, topP: number): Distribution {
  const enough = topP * sumOf(descending);
  let sum = 0;
  const last = descending.findIndex((probability) => (sum += probability) >= enough);
  return last < 0 ? descending : descending.subarray(0, last + 1);
}

function sumOf(probabilities: Distribution): number {
  let sum = 0;
  for (const probability of probabilities) sum += probability;
  return sum;
}
