import { describe, expect, it } from 'vitest';
import { cellCount } from '../../../src/protocol/cells.ts';
import { shortened, thinned } from '../../../webview-ui/shared/matrix/labels.ts';
import {
  distanceText,
  durationParts,
  percentDecimals,
  percentText,
  scientific,
  weightText,
} from '../../../webview-ui/shared/numbers.ts';
import { rankOf, partnerRange, rankPartners, toldPartners } from '../../../webview-ui/panel/layout/ranking.ts';
import { type Box, FIT, frameOf } from '../../../webview-ui/shared/matrix/frame.ts';
import { ancestors, levelOf, visibleTiles } from '../../../webview-ui/shared/matrix/tiles.ts';
import { cellText, valueText } from '../../../webview-ui/shared/measure.ts';
import { labelText, quotedName } from '../../../webview-ui/shared/tokenLabel.ts';

describe('labels', () => {
  it('labels every token that has room', () => {
    expect(thinned(5, 20, 14, new Set())).toEqual([0, 1, 2, 3, 4]);
  });

  it('prefers the starts of lines and keeps the distance', () => {
    const shown = thinned(100, 5, 14, new Set([10, 11, 50]));
    expect(shown).toContain(10);
    expect(shown).not.toContain(11);
    expect(shown).toContain(50);
    shown.slice(1).forEach((token, place) => expect(token - shown[place]!).toBeGreaterThanOrEqual(3));
  });

  it('leaves no gap in which one more would fit', () => {
    const shown = [...thinned(200, 5, 14, new Set([33, 71])), 200 + 2];
    shown.slice(1).forEach((token, place) => expect(token - shown[place]!).toBeLessThan(6));
  });

  it('shortens by an ellipsis to the width', () => {
    const measure = (text: string): number => text.length;
    expect(shortened('abcdef', 6, measure)).toBe('abcdef');
    expect(shortened('abcdefg', 4, measure)).toBe('abc…');
  });
});

describe('numbers', () => {
  it('prints weights without claiming too much', () => {
    expect([0, 0.0001, 0.0005, 0.78249, 1].map(weightText)).toEqual(['0', '<.0005', '0.001', '0.782', '1.000']);
    expect([0.05, 0.994, 0.996, 1].map((weight) => cellText(weight, 'weight'))).toEqual(['.05', '.99', '1', '1']);
  });

  it('says «over 99» of nearly all and «below 1» of nearly nothing', () => {
    expect(percentText(0.999)).toEqual({ kind: 'over', text: '99\u202f%' });
    expect(percentText(0.9999, 1)).toEqual({ kind: 'over', text: '99.9\u202f%' });
    expect(percentText(1)).toEqual({ kind: 'plain', text: '100\u202f%' });
    expect(percentText(0.002)).toEqual({ kind: 'below', text: '1\u202f%' });
    expect(percentText(0)).toEqual({ kind: 'plain', text: '0\u202f%' });
  });

  it('takes a decimal when different shares would print the same', () => {
    expect(percentDecimals([0.241, 0.238])).toBe(1);
    expect(percentDecimals([0.24, 0.31])).toBe(0);
    expect(percentDecimals([0.24, 0.24])).toBe(0);
  });

  it('prints errors, durations and distances', () => {
    expect([0, 1.19e-7, 2, 9.98e-17, -30].map(scientific)).toEqual(['0', '1.2e−7', '2.0e0', '1.0e−16', '−3.0e1']);
    expect([8.24, 61.3, 12_340].map(durationParts)).toEqual([
      { value: '8.2', unit: 'ms' },
      { value: '61', unit: 'ms' },
      { value: '12.3', unit: 's' },
    ]);
    expect([-9, 4].map(distanceText)).toEqual(['−9', '+4']);
  });
});

describe('token labels', () => {
  it('shows what cannot be seen', () => {
    expect(labelText(' if\t\r\n')).toBe('·if→␍↵');
    expect(labelText('')).toBe('∅');
    expect(labelText('\u202Eevil\u0000')).toBe('‹202E›evil‹0000›');
  });

  it('keeps the joiners of an emoji, shows one that is alone', () => {
    expect(labelText('👩‍👧')).toBe('👩‍👧');
    expect(labelText('\u200d')).toBe('‹200D›');
  });

  it('quotes a word without its space, whitespace as it is', () => {
    expect(['·', ' it', '  ', '\n'].map(quotedName)).toEqual(['·', 'it', '  ', '\n']);
  });
});

describe('norms', () => {
  it('have three significant digits in lists and two in cells', () => {
    const norms = [0, 0.00012, 0.0123, 1.234, 56.78, 1234.5];
    expect(norms.map((norm) => valueText(norm, 'norm'))).toEqual(['0', '1.2e−4', '0.0123', '1.23', '56.8', '1235']);
    expect([0.123, 1.26, 12.6].map((norm) => cellText(norm, 'norm'))).toEqual(['.12', '1.3', '13']);
  });

  it('are never taken for shares', () => {
    expect(valueText(1.5, 'norm')).not.toBe(valueText(1.5, 'weight'));
    expect(cellText(1.5, 'norm')).not.toBe('1');
  });
});

describe('ranking', () => {
  it('ranks partners, nearer ones first among equals, and folds what prints as nothing', () => {
    const weights = Float32Array.of(0.25, 0.0001, 0.5, 0.25, 0);
    expect(rankPartners(weights, 3, { start: 0, end: 4 }, 'weight')).toEqual({
      shown: [
        { token: 2, weight: 0.5, distance: -1 },
        { token: 3, weight: 0.25, distance: 0 },
        { token: 0, weight: 0.25, distance: -3 },
      ],
      folded: 1,
      smallest: 0.0005,
    });
    expect(rankOf(weights, 0, { start: 0, end: 4 })).toBe(2);
  });

  it('folds norms by the largest: they have no scale of their own', () => {
    const { shown, folded } = rankPartners(Float32Array.of(4000, 2.5, 1, 0), 3, { start: 0, end: 4 }, 'norm');
    expect([shown.map(({ token }) => token), folded]).toEqual([[0, 1], 2]);
  });

  it('knows who can be a partner', () => {
    expect(partnerRange(3, 10, 'looksAt', true)).toEqual({ start: 0, end: 4 });
    expect(partnerRange(3, 10, 'lookedAtBy', true)).toEqual({ start: 3, end: 10 });
    expect(partnerRange(3, 10, 'looksAt', false)).toEqual({ start: 0, end: 10 });
  });

  it('tells nothing of what the first token of a causal text gives itself', () => {
    expect(toldPartners(0, 10, 'lookedAtBy', true)).toEqual({ start: 1, end: 10 });
    expect(toldPartners(0, 10, 'lookedAtBy', false)).toEqual({ start: 0, end: 10 });
    expect(toldPartners(0, 10, 'looksAt', true)).toEqual({ start: 0, end: 1 });
    expect(toldPartners(0, 1, 'lookedAtBy', true)).toEqual({ start: 0, end: 1 });
    expect(toldPartners(1, 10, 'lookedAtBy', true)).toEqual({ start: 1, end: 10 });
  });
});

describe('tiles', () => {
  const box = (tokens: number): Box => ({
    tokens,
    width: 800,
    height: 800,
    labelWidth: 60,
    profiles: 0,
  });

  it('pools as soon as a cell is narrower than a device pixel', () => {
    expect([4, 1, 0.9, 0.5, 0.26].map((cell) => levelOf(cell, 1))).toEqual([0, 0, 1, 1, 2]);
    expect(levelOf(0.5, 2)).toBe(0);
  });

  it('is one tile for 512 tokens', () => {
    expect(visibleTiles(frameOf({ ...box(512), width: 2000, height: 2000 }, FIT), 1, true)).toEqual([
      { level: 0, rows: { start: 0, end: 512 }, columns: { start: 0, end: 512 } },
    ]);
  });

  it('asks for no more cells than the screen has, for 16,384 tokens at any zoom', () => {
    for (let zoom = 1; zoom < 2000; zoom *= 1.7) {
      const tiles = visibleTiles(frameOf(box(16_384), { zoom, left: 5000, top: 9000 }), 1, true);
      expect(tiles.length).toBeGreaterThan(0);
      expect(tiles.length).toBeLessThanOrEqual(25);
      for (const { level, rows, columns } of tiles) {
        expect(cellCount(rows, 2 ** level)).toBeLessThanOrEqual(256);
        expect(cellCount(columns, 2 ** level)).toBeLessThanOrEqual(256);
      }
    }
  });

  it('leaves out what lies above the diagonal of a causal model', () => {
    const frame = frameOf({ ...box(2048), width: 4000, height: 4000 }, FIT);
    expect(visibleTiles(frame, 1, true)).toHaveLength(36);
    expect(visibleTiles(frame, 1, false)).toHaveLength(64);
  });

  it('is covered by ever larger ones', () => {
    const tile = { level: 0, rows: { start: 1792, end: 2000 }, columns: { start: 768, end: 1024 } };
    expect(ancestors(tile, 3, 2000)).toEqual([
      { level: 1, rows: { start: 1536, end: 2000 }, columns: { start: 512, end: 1024 } },
      { level: 2, rows: { start: 1024, end: 2000 }, columns: { start: 0, end: 1024 } },
      { level: 3, rows: { start: 0, end: 2000 }, columns: { start: 0, end: 2000 } },
    ]);
    expect(ancestors(tile, 0, 2000)).toEqual([]);
  });
});
