import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { predict } from '../../../src/model/generate/prediction.ts';
import { uniformAt } from '../../../src/attention/random.ts';
import { draw, largest, logSumExp, samplingDistribution, softmax } from '../../../src/attention/sampling.ts';
import { TokenTexts } from '../../../src/model/tokens/tokenTexts.ts';
import { tokenizerOf } from '../tokens/tokenizers.ts';
import { greedy } from './support.ts';

const logits = Float32Array.of(1, 4, 2, 4, -3, 0);
const warm = { ...greedy, temperature: 1 };

describe('mulberry32', () => {
  // The first numbers of the published generator, run in its own form: the state kept and added to.
  function* published(seed: number): Generator<number> {
    let a = seed;
    for (;;) {
      a = (a + 0x6d2b79f5) | 0;
      let t = Math.imul(a ^ (a >>> 15), 1 | a);
      t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
      yield ((t ^ (t >>> 14)) >>> 0) / 4294967296;
    }
  }

  test('at any place as in its sequence', () => {
    for (const seed of [0, 1, 12345, 2 ** 32 - 1]) {
      const sequence = published(seed);
      for (let place = 0; place < 1000; place++) expect(uniformAt(seed, place)).toBe(sequence.next().value);
    }
    expect(uniformAt(0, 0)).toBe(0.26642920868471265);
  });

  test('spreads evenly', () => {
    const counts = new Array<number>(10).fill(0);
    for (let place = 0; place < 10_000; place++) counts[Math.floor(uniformAt(7, place) * 10)]! += 1;
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });
});

test('softmax sums to 1 and survives large logits', () => {
  const probabilities = softmax(Float32Array.of(1000, 1001, -1000));
  expect(probabilities.reduce((sum, probability) => sum + probability, 0)).toBeCloseTo(1, 14);
  expect(probabilities[1]! / probabilities[0]!).toBeCloseTo(Math.E, 12);
});

test('log Σ exp is what softmax divides by', () => {
  const probabilities = softmax(logits);
  logits.forEach((logit, id) => expect(Math.exp(logit - logSumExp(logits))).toBeCloseTo(probabilities[id]!, 14));
});

test('the largest, the lower id first among equals, as a full sort would have them', () => {
  expect(largest(logits, 3)).toEqual([1, 3, 2]);
  fc.assert(
    fc.property(fc.float32Array({ noNaN: true, maxLength: 40 }), fc.integer({ min: 1, max: 12 }), (values, count) => {
      const sorted = [...values.keys()].sort((a, b) => values[b]! - values[a]! || a - b);
      expect(largest(values, count)).toEqual(sorted.slice(0, count));
    }),
  );
});

describe('settings', () => {
  test('temperature 0 takes the first of the largest', () => {
    const { candidates, choice } = predict(logits, greedy, 0, new TokenTexts(tokenizerOf('test/vectors/gpt2')));
    expect(choice.id).toBe(1);
    expect(candidates.map(({ afterSampling }) => afterSampling)).toEqual([1, 0, 0, 0, 0, 0]);
  });

  test('temperature divides the logits', () => {
    const hot = samplingDistribution(logits, { ...warm, temperature: 2 });
    expect(hot[1]! / hot[2]!).toBeCloseTo(Math.exp(1), 10);
  });

  test('top-k keeps k tokens, and their proportions', () => {
    const kept = samplingDistribution(logits, { ...warm, topK: 3 });
    expect([...kept].map((probability) => probability > 0)).toEqual([false, true, true, true, false, false]);
    expect(kept[1]! / kept[2]!).toBeCloseTo(Math.exp(2), 10);
  });

  test('top-p keeps the fewest tokens that reach it, and the first in any case', () => {
    const quarters = Float32Array.of(Math.log(0.4), Math.log(0.3), Math.log(0.2), Math.log(0.1));
    const count = (topP: number): number =>
      samplingDistribution(quarters, { ...warm, topP }).filter((p) => p > 0).length;
    expect([0.01, 0.39, 0.41, 0.69, 0.71, 0.95, 1].map(count)).toEqual([1, 1, 2, 2, 3, 4, 4]);
  });

  test('of equal tokens those with lower ids are kept', () => {
    expect([...samplingDistribution(Float32Array.of(0, 1, 1, 1), { ...warm, topK: 2 })]).toEqual([0, 0.5, 0.5, 0]);
  });

  test('always a distribution over at most top-k tokens', () => {
    fc.assert(
      fc.property(
        fc.float32Array({ noNaN: true, min: -50, max: 50, minLength: 1, maxLength: 60 }),
        fc.record({
          temperature: fc.double({ min: 0.01, max: 5, noNaN: true }),
          topK: fc.integer({ min: 0, max: 70 }),
          topP: fc.double({ min: 0.001, max: 1, noNaN: true }),
          seed: fc.constant(0),
        }),
        (values, sampling) => {
          const distribution = samplingDistribution(values, sampling);
          expect(distribution.reduce((sum, probability) => sum + probability, 0)).toBeCloseTo(1, 9);
          const positive = distribution.filter((probability) => probability > 0).length;
          expect(positive).toBeLessThanOrEqual(sampling.topK || values.length);
          const before = softmax(values, sampling.temperature);
          const split = (isKept: boolean): number[] => [...before].filter((_, id) => distribution[id]! > 0 === isKept);
          expect(Math.min(...split(true))).toBeGreaterThanOrEqual(Math.max(...split(false), 0) * (1 - 1e-12));
        },
      ),
    );
  });
});

describe('drawing', () => {
  test('takes the token at which the running sum passes the number', () => {
    const distribution = Float64Array.of(0, 0.25, 0, 0.5, 0.25);
    expect([0, 0.2499, 0.25, 0.7499, 0.75, 1 - 2 ** -32].map((uniform) => draw(distribution, uniform))).toEqual([
      1, 1, 3, 3, 4, 4,
    ]);
  });

  test('never takes a token without probability, even if the sum is rounded below 1', () => {
    expect(draw(Float64Array.of(0.5, 0.4999999999, 0), 1 - 2 ** -32)).toBe(1);
  });

  test('takes tokens as often as their probability says', () => {
    const distribution = samplingDistribution(logits, warm);
    const counts = new Array<number>(logits.length).fill(0);
    for (let place = 0; place < 20_000; place++) counts[draw(distribution, uniformAt(3, place))]! += 1 / 20_000;
    counts.forEach((share, token) => expect(share).toBeCloseTo(distribution[token]!, 1.5));
  });
});

test('logits that are no numbers are refused', () => {
  const texts = new TokenTexts(tokenizerOf('test/vectors/gpt2'));
  expect(() => predict(Float32Array.of(1, NaN), greedy, 0, texts)).toThrow(/no numbers/);
});

test('each place in a text has a random number of its own', () => {
  const texts = new TokenTexts(tokenizerOf('test/vectors/gpt2'));
  const shares = new Array<number>(logits.length).fill(0);
  for (let place = 0; place < 5000; place++) shares[predict(logits, warm, place, texts).choice.id]! += 1 / 5000;
  shares.forEach((share, token) => expect(share).toBeCloseTo(softmax(logits)[token]!, 1.5));
});
