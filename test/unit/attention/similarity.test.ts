import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { cosineByLayer, cosineSimilarity, similarityStatement } from '../../../src/attention/similarity.ts';
import type { Reads } from '../../../src/protocol/inspection.ts';

/** What test/vectors/similarity.py computed with NumPy. */
interface Reference {
  readonly layers: number;
  readonly width: number;
  readonly first: readonly number[];
  readonly second: readonly number[];
  readonly cosines: readonly number[];
}

const reference = JSON.parse(await readFile('test/vectors/similarity.json', 'utf8')) as Reference;

function reads(vectors: readonly number[]): Reads {
  return { layers: reference.layers, width: reference.width, vectors: Float32Array.from(vectors) };
}

describe('cosines', () => {
  const [first, second] = [reads(reference.first), reads(reference.second)];

  test('are those of NumPy, layer by layer', () => {
    cosineByLayer(first, second).forEach((cosine, layer) => {
      expect(cosine).toBeCloseTo(reference.cosines[layer]!, 12);
    });
  });

  test('do not depend on which text comes first', () => {
    expect(cosineByLayer(second, first)).toEqual(cosineByLayer(first, second));
  });

  test('of a vector with itself, its double and its opposite are 1, 1 and −1', () => {
    const vector = first.vectors;
    expect(cosineSimilarity(vector, vector)).toBe(1);
    expect(
      cosineSimilarity(
        vector,
        vector.map((value) => 2 * value),
      ),
    ).toBe(1);
    expect(
      cosineSimilarity(
        vector,
        vector.map((value) => -value),
      ),
    ).toBe(-1);
    expect(cosineSimilarity(vector, new Float32Array(vector.length))).toBeNaN();
  });

  test('of vectors of different models do not exist', () => {
    expect(() => cosineByLayer(first, { ...second, layers: 2 })).toThrow(RangeError);
  });
});

describe('what the cosines say', () => {
  test('all 1: the same past, or no layer that tells the contexts apart', () => {
    expect(similarityStatement([1, 0.9996, 1], true)).toEqual({ kind: 'samePast' });
    expect(similarityStatement([1, 0.9996, 1], false)).toEqual({ kind: 'same' });
  });

  test('one below 1: the contexts differ, whatever the past is', () => {
    const differs = { kind: 'differs', from: 1, layer: 2, cosine: 0.5, last: 0.8 };
    expect(similarityStatement([1, 0.9994, 0.5, 0.8], false)).toEqual(differs);
    expect(similarityStatement([1, 0.9994, 0.5, 0.8], true)).toEqual(differs);
  });

  test('a vector of zeros has no cosine of 1', () => {
    expect(similarityStatement([1, NaN], false).kind).toBe('differs');
  });
});
