import { describe, expect, it } from 'vitest';
import {
  columnX,
  FIT,
  frameOf,
  hitAt,
  panned,
  revealing,
  rowY,
  visibleColumns,
  visibleRows,
  zoomed,
  type Box,
  type View,
} from '../../../webview-ui/shared/matrix/frame.ts';

const box = (tokens: number, width = 700, height = 700): Box => ({
  width,
  height,
  tokens,
  labelWidth: 60,
  profiles: 0,
});

describe('frameOf', () => {
  it('keeps room for profiles beside the plot where cells are small, at every zoom', () => {
    const plotOf = (tokens: number, view: View) => frameOf({ ...box(tokens), profiles: 30 }, view);
    for (const view of [FIT, { zoom: 50, left: 100, top: 100 }]) {
      const { plot, profiles } = plotOf(512, view);
      expect([profiles, plot.x + plot.width <= 670, plot.y + plot.height <= 670]).toEqual([30, true, true]);
    }
    expect(plotOf(20, FIT)).toEqual(frameOf(box(20), FIT));
  });

  it.each([1, 2, 18, 85, 512, 16_384])('fits %i tokens into the box, whole', (tokens) => {
    const frame = frameOf(box(tokens), FIT);
    expect(frame.plot.x + frame.cell * tokens).toBeLessThanOrEqual(700);
    expect(frame.plot.y + frame.cell * tokens).toBeLessThanOrEqual(700);
    expect(visibleRows(frame)).toEqual({ start: 0, end: tokens });
    expect(visibleColumns(frame)).toEqual({ start: 0, end: tokens });
  });

  it('uses nearly the whole box, whatever the number of tokens', () => {
    for (const tokens of [60, 85, 133, 512]) {
      const { cell, plot } = frameOf(box(tokens, 900, 700), FIT);
      expect(plot.y + cell * tokens).toBeGreaterThan(690);
    }
  });

  it('does not blow few tokens up', () => {
    expect(frameOf(box(2), FIT).cell).toBe(40);
  });

  it('holds any view inside of the matrix', () => {
    const view: View = { zoom: 1e9, left: 1e9, top: -5 };
    const frame = frameOf(box(100), view);
    expect(visibleColumns(frame).end).toBe(100);
    expect(visibleRows(frame).start).toBe(0);
    expect(frame.cell).toBeLessThanOrEqual(64);
  });

  it('survives a box without room', () => {
    expect(frameOf(box(50, 0, 0), FIT).cell).toBeGreaterThan(0);
  });
});

describe('hitAt', () => {
  const frame = frameOf(box(20), FIT);
  const middle = (query: number, key: number): { x: number; y: number } => ({
    x: columnX(frame, key) + frame.cell / 2,
    y: rowY(frame, query) + frame.cell / 2,
  });

  it('finds the cell under a point, and its labels', () => {
    expect(hitAt(frame, middle(7, 3), true)).toEqual({ kind: 'cell', query: 7, key: 3 });
    expect(hitAt(frame, { x: frame.plot.x - 10, y: middle(7, 0).y }, true)).toEqual({ kind: 'row', query: 7 });
    expect(hitAt(frame, { x: middle(0, 3).x, y: frame.plot.y - 10 }, true)).toEqual({ kind: 'column', key: 3 });
  });

  it('finds nothing on the future of a causal model, but a cell of a bidirectional one', () => {
    expect(hitAt(frame, middle(3, 7), true)).toBeUndefined();
    expect(hitAt(frame, middle(3, 7), false)).toEqual({ kind: 'cell', query: 3, key: 7 });
  });

  it('finds nothing outside', () => {
    expect(hitAt(frame, { x: 699, y: 699 }, false)).toBeUndefined();
    expect(hitAt(frame, { x: 2, y: 2 }, false)).toBeUndefined();
  });
});

describe('zooming and panning', () => {
  it('keeps the token under the pointer in place', () => {
    const frame = frameOf(box(512), { zoom: 4, left: 100, top: 120 });
    const anchor = { x: 300, y: 350 };
    const key = (anchor.x - frame.plot.x) / frame.cell + frame.view.left;
    const closer = frameOf(box(512), zoomed(box(512), frame, 1.7, anchor));
    expect(closer.cell / frame.cell).toBeCloseTo(1.7, 9);
    expect((anchor.x - closer.plot.x) / closer.cell + closer.view.left).toBeCloseTo(key, 9);
  });

  it('comes back to the whole matrix and not farther', () => {
    const frame = frameOf(box(512), { zoom: 4, left: 100, top: 120 });
    expect(zoomed(box(512), frame, 0.01, { x: 300, y: 300 })).toEqual(FIT);
  });

  it('moves by tokens and stops at the edge', () => {
    const frame = frameOf(box(512), { zoom: 8, left: 100, top: 100 });
    const moved = panned(box(512), frame, { x: -2 * frame.cell, y: 3 * frame.cell });
    expect(moved).toEqual({ zoom: 8, left: 102, top: 97 });
    expect(panned(box(512), frame, { x: 1e6, y: 1e6 })).toEqual({ zoom: 8, left: 0, top: 0 });
  });

  it('moves as little as needed to show a cell', () => {
    const frame = frameOf(box(512), { zoom: 8, left: 100, top: 100 });
    expect(revealing(frame, { query: 110, key: 110 })).toEqual(frame.view);
    expect(revealing(frame, { query: 110, key: 20 })).toEqual({ ...frame.view, left: 20 });
    const shown = frameOf(box(512), revealing(frame, { query: 500, key: 400 }));
    expect(visibleRows(shown).end).toBeGreaterThanOrEqual(501);
    expect(visibleColumns(shown).end).toBeGreaterThanOrEqual(401);
  });
});
