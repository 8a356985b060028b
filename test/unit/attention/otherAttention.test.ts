import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { relativeDistance, totalVariation } from '../../../src/attention/difference.ts';
import { linearRow } from '../../../src/attention/linear.ts';
import { softmax } from '../../../src/attention/steps.ts';
import { attentionTiles } from '../../../src/attention/attentionTiles.ts';
import { windowedWeights } from '../../../src/attention/windowed.ts';
import { reference, scoresOf } from './reference/reference.ts';

const rows = reference.rows.map((row, index) => [index, row] as const);
const score = fc.oneof({ weight: 4, arbitrary: fc.double({ min: -80, max: 80, noNaN: true }) }, fc.constant(-Infinity));
/** Scores and values [keys, 2] of one row. */
const anyRow = fc
  .array(fc.tuple(score, fc.double({ min: -3, max: 3, noNaN: true }), fc.double({ min: -3, max: 3, noNaN: true })), {
    minLength: 1,
    maxLength: 60,
  })
  .map((cells) => ({
    scores: Float64Array.from(cells, ([one]) => one),
    values: Float32Array.from(cells.flatMap(([, x, y]) => [x, y])),
  }));

function closeTo(expected: readonly number[], actual: Float64Array): void {
  expect(actual.length).toBe(expected.length);
  expected.forEach((value, index) => expect(actual[index]).toBeCloseTo(value, 9));
}

function weighted(weights: Float64Array, values: Float32Array): readonly number[] {
  return [0, 1].map((column) => weights.reduce((sum, weight, key) => sum + weight * values[2 * key + column]!, 0));
}

describe('a row in tiles', () => {
  test.each(rows)('%i: maximum, sum and output after each tile, as NumPy has them', (_, row) => {
    const tiles = attentionTiles(scoresOf(row), Float32Array.from(row.valueVectors), row.tileSize);
    expect(tiles.map(({ end }) => end)).toEqual(row.tiles.map(({ end }) => end));
    row.tiles.forEach(({ maximum, sum, output }, place) => {
      expect(tiles[place]!.maximum).toBeCloseTo(maximum ?? -Infinity, 9);
      expect(tiles[place]!.sum).toBeCloseTo(sum, 9);
      closeTo(output, tiles[place]!.output);
    });
    closeTo(row.output, tiles.at(-1)!.output);
  });

  it('ends where the whole softmax ends, whatever the size of a tile', () => {
    fc.assert(
      fc.property(anyRow, fc.integer({ min: 1, max: 70 }), ({ scores, values }, size) => {
        const whole = weighted(softmax(scores), values);
        closeTo(whole, attentionTiles(scores, values, size).at(-1)!.output);
      }),
    );
  });

  it('covers every key once, and rescales by how far the maximum rose', () => {
    fc.assert(
      fc.property(anyRow, fc.integer({ min: 1, max: 70 }), ({ scores, values }, size) => {
        let [end, maximum] = [0, -Infinity];
        for (const tile of attentionTiles(scores, values, size)) {
          expect(tile.start).toBe(end);
          expect(tile.factor).toBe(maximum === -Infinity ? 0 : Math.exp(maximum - tile.maximum));
          [end, maximum] = [tile.end, tile.maximum];
        }
        expect(end).toBe(scores.length);
      }),
    );
  });
});

describe('a window', () => {
  test.each(rows)('%i: weights as NumPy has them', (_, row) => {
    for (const { window, weights } of row.windows) {
      if (scoresOf(row).some((one, key) => one > -Infinity && Math.abs(row.query - key) < window)) {
        closeTo(weights, windowedWeights(scoresOf(row), row.query, window));
      }
    }
  });

  it('as wide as the text changes nothing', () => {
    fc.assert(
      fc.property(anyRow, ({ scores }) => {
        expect(windowedWeights(scores, scores.length - 1, scores.length)).toEqual(softmax(scores));
      }),
    );
  });

  it('loses exactly the weight of what it leaves out', () => {
    fc.assert(
      fc.property(anyRow, fc.integer({ min: 1, max: 60 }), ({ scores }, window) => {
        const query = scores.length - 1;
        const full = softmax(scores);
        const kept = full.reduce((sum, weight, key) => (query - key < window ? sum + weight : sum), 0);
        fc.pre(kept > 1e-9);
        expect(totalVariation(windowedWeights(scores, query, window), full)).toBeCloseTo(1 - kept, 9);
      }),
    );
  });
});

describe('linear attention', () => {
  test.each(rows)('%i: weights and output as the explicit matrix of NumPy has them', (_, row) => {
    const bias = new Float32Array(row.scores.length);
    for (const key of row.masked) bias[key] = -Infinity;
    const { weights, output, stateSize } = linearRow({
      keys: row.scores.length,
      headSize: row.headSize,
      queryVector: Float32Array.from(row.queryVector),
      keyVectors: Float32Array.from(row.keyVectors),
      valueVectors: Float32Array.from(row.valueVectors),
      bias,
    });
    closeTo(row.linear.weights, weights);
    closeTo(row.linear.output, output);
    expect(stateSize).toBe(row.headSize * (row.output.length + 1));
  });
});

describe('differences', () => {
  it('tell the same from nothing in common', () => {
    expect(totalVariation(Float32Array.of(0.5, 0.5, 0), Float32Array.of(0.5, 0.5, 0))).toBe(0);
    expect(totalVariation(Float32Array.of(1, 0), Float32Array.of(0, 1))).toBe(1);
    expect(totalVariation(Float32Array.of(0.75, 0.25), Float32Array.of(0.5, 0.5))).toBe(0.25);
  });

  it('count in lengths of what is compared with', () => {
    expect(relativeDistance(Float32Array.of(3, 4), Float32Array.of(0, 4))).toBe(0.75);
    expect(relativeDistance(Float32Array.of(0, 0), Float32Array.of(0, 0))).toBe(0);
  });
});
