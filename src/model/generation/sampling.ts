import type { Sampling } from '../../protocol/generation.ts';

/** Tokens with their probabilities [vocabulary]; they sum to 1. */
export type Distribution = Float64Array;

/** softmax(logits ÷ temperature), in double precision: [vocabulary]. */
export function softmax(logits: Float32Array, temperature = 1): Distribution {
  let largest = -Infinity;
  for (const logit of logits) if (logit > largest) largest = logit;
  const weights = new Float64Array(logits.length);
  let sum = 0;
  for (let token = 0; token < logits.length; token++) {
    sum += weights[token] = Math.exp((logits[token]! - largest) / temperature);
  }
  for (let token = 0; token < weights.length; token++) weights[token]! /= sum;
  return weights;
}

/** The `count` largest, largest first; of equal ones the one with the lower id. */
export function largest(values: Float32Array | Float64Array, count: number): readonly number[] {
  const found: number[] = [];
  let least = -Infinity;
  for (let token = 0; token < values.length; token++) {
    const value = values[token]!;
    if (found.length === count && !(value > least)) continue;
    let place = found.length;
    while (place > 0 && values[found[place - 1]!]! < value) place--;
    found.splice(place, 0, token);
    if (found.length > count) found.pop();
    least = values[found.at(-1)!]!;
  }
  return found;
}

/**
 * The probabilities that the next token is drawn from: temperature, then top-k, then top-p, in the order of
 * transformers' logits processors; what remains is scaled to sum to 1. Greedy puts all on the largest logit.
 */
export function samplingDistribution(logits: Float32Array, { temperature, topK, topP }: Sampling): Distribution {
  if (temperature === 0) {
    const only = new Float64Array(logits.length);
    only[largest(logits, 1)[0] ?? 0] = 1;
    return only;
  }
  const probabilities = softmax(logits, temperature);
  const count = topK === 0 ? probabilities.length : Math.min(topK, probabilities.length);
  if (count === probabilities.length && topP >= 1) return probabilities;
  const order = descending(probabilities);
  const kept = nucleus(probabilities, order.subarray(0, count), topP);
  const limited = new Float64Array(probabilities.length);
  const sum = kept.reduce((total, token) => total + probabilities[token]!, 0);
  for (const token of kept) limited[token] = probabilities[token]! / sum;
  return limited;
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

/** Shortest beginning of the ordered tokens whose share of their sum reaches `topP`; at least one token. */
function nucleus(probabilities: Distribution, order: Uint32Array, topP: number): Uint32Array {
  const enough = order.reduce((total, token) => total + probabilities[token]!, 0) * topP;
  let sum = 0;
  const end = order.findIndex((token) => (sum += probabilities[token]!) >= enough);
  return end < 0 ? order : order.subarray(0, end + 1);
}

function descending(probabilities: Distribution): Uint32Array {
  const order = Uint32Array.from(probabilities.keys());
  return order.sort((a, b) => probabilities[b]! - probabilities[a]! || a - b);
}
