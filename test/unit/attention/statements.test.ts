import { describe, expect, it } from 'vitest';
import {
  entropyBits,
  normStatements,
  peakStatements,
  rowStatements,
  type NormStatement,
  type PeakStatement,
  type RowStatement,
} from '../../../src/attention/statements.ts';

const kinds = (statements: readonly { readonly kind: string }[]): readonly string[] =>
  statements.map(({ kind }) => kind);
const row = (...weights: number[]): readonly RowStatement[] =>
  rowStatements(Float32Array.from(weights), weights.length - 1, { start: 0, end: weights.length });
const column = (...weights: number[]): readonly PeakStatement[] =>
  peakStatements(Float32Array.from(weights), 0, { start: 0, end: weights.length });

describe('rowStatements', () => {
  it('names the strongest partner with its weight and distance', () => {
    expect(row(0, 0.75, 0, 0.25 / 2, 0.25 / 4, 0.25 / 4)).toEqual([
      { kind: 'strongest', partner: 1, weight: 0.75, distance: -4 },
      { kind: 'second', partner: 3, weight: 0.125, distance: -2 },
    ]);
  });

  it('names no second partner below a tenth', () => {
    expect(kinds(row(0, 0.9375, 0.0625, 0))).toEqual(['strongest']);
  });

  it('names nothing strongest below three tenths', () => {
    expect(kinds(row(0.25, 0.25, 0.03125, 0.21875, 0.25))).toEqual(['spread']);
  });

  it('calls half of the row on the first token a sink', () => {
    expect(row(0.5, 0.3125, 0.1875)).toEqual([
      { kind: 'sink', weight: 0.5 },
      { kind: 'second', partner: 1, weight: 0.3125, distance: -1 },
    ]);
    expect(kinds(row(0.96875, 0.03125, 0))).toEqual(['sink']);
  });

  it('calls less than half, or another token, no sink', () => {
    expect(kinds(row(0.4375, 0.5625, 0))).toEqual(['strongest', 'second']);
    expect(kinds(row(0, 1, 0))).toEqual(['strongest']);
  });

  it('calls no sink what the first token puts on itself', () => {
    const weights = Float32Array.of(0.9, 0.1);
    expect(kinds(rowStatements(weights, 0, { start: 0, end: 2 }))).toEqual(['strongest', 'second']);
  });

  it('calls no sink what the second token puts on the one before it', () => {
    expect(row(0.875, 0.125)).toEqual([
      { kind: 'strongest', partner: 0, weight: 0.875, distance: -1 },
      { kind: 'second', partner: 1, weight: 0.125, distance: 0 },
    ]);
    expect(kinds(row(0.875, 0.0625, 0.0625))).toEqual(['sink', 'second']);
  });

  it('tells an even row from an uneven one', () => {
    expect(row(0.25, 0.25, 0.25, 0.25)).toEqual([{ kind: 'even', count: 4 }]);
    const [uneven] = row(0.25, 0.25, 0.25, 0.25, 0, 0, 0, 0);
    expect(uneven).toEqual({ kind: 'spread', effective: 4, count: 8, partner: 3, weight: 0.25 });
  });

  it('says that a token alone has nothing else to look at', () => {
    expect(row(1)).toEqual([{ kind: 'onlyItself' }]);
  });

  it('reads nothing outside of the range', () => {
    const weights = Float32Array.of(0, 1, 0.9);
    expect(rowStatements(weights, 1, { start: 0, end: 2 })).toEqual([
      { kind: 'strongest', partner: 1, weight: 1, distance: 0 },
    ]);
  });
});

describe('peakStatements', () => {
  it('names the strongest partner and counts those that give a tenth', () => {
    expect(column(0.5, 0.25, 0.0625, 0)).toEqual([
      { kind: 'strongest', partner: 0, weight: 0.5, distance: 0 },
      { kind: 'many', count: 2, of: 4, weight: 0.1 },
    ]);
  });

  it('counts nothing when one partner alone gives a tenth', () => {
    expect(kinds(column(0.0625, 0.75, 0.0625))).toEqual(['strongest']);
  });

  it('says when nothing reaches a twentieth', () => {
    expect(column(0.03125, 0, 0.015625)).toEqual([{ kind: 'faint', weight: 0.03125 }]);
    expect(kinds(column(0.0625, 0, 0))).toEqual(['strongest']);
  });

  it('says that a token alone has no other partner', () => {
    expect(column(1)).toEqual([{ kind: 'onlyItself' }]);
  });
});

describe('normStatements', () => {
  const norms = (weights: readonly number[] | undefined, ...values: number[]): readonly NormStatement[] =>
    normStatements(Float32Array.from(values), weights && Float32Array.from(weights), values.length - 1, {
      start: 0,
      end: values.length,
    });

  it('names the largest norm and how many times the next it is', () => {
    expect(norms(undefined, 3, 0.5, 1)).toEqual([{ kind: 'largest', partner: 0, norm: 3, distance: -2, times: 3 }]);
  });

  it('says when the largest weight is on another token than the largest norm', () => {
    expect(norms([0.75, 0.25, 0], 0.5, 3, 1)).toEqual([
      { kind: 'largest', partner: 1, norm: 3, distance: -1, times: 3 },
      { kind: 'weightElsewhere', partner: 0, weight: 0.75, rank: 3, of: 3 },
    ]);
  });

  it('says nothing of it when both are on the same token, or its norm is as large', () => {
    expect(kinds(norms([0.25, 0.75, 0], 0.5, 3, 1))).toEqual(['largest']);
    expect(kinds(norms([0.75, 0.25, 0], 3, 3, 1))).toEqual(['largest']);
  });

  it('tells norms that are about the same from others', () => {
    expect(norms(undefined, 1, 0.9375, 1)).toEqual([{ kind: 'level', count: 3 }]);
    expect(kinds(norms(undefined, 1, 0.875, 1))).toEqual(['largest']);
  });

  it('says that a token alone has nothing else', () => {
    expect(norms([1], 2)).toEqual([{ kind: 'onlyItself' }]);
  });
});

describe('entropyBits', () => {
  it('is the logarithm of the number of equal weights, whatever their sum', () => {
    expect(entropyBits(Float32Array.of(0.5, 0.5, 0.5, 0.5), { start: 0, end: 4 })).toBeCloseTo(2, 12);
    expect(entropyBits(Float32Array.of(0, 1, 0), { start: 0, end: 3 })).toBe(0);
  });
});
