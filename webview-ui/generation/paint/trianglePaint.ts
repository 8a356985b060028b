import type { Slice } from '../../../src/protocol/run.ts';
import { shareOf, stepOf } from '../../shared/ramp.ts';
import type { Surface } from '../../shared/surface.ts';
import type { Theme } from '../../shared/theme.ts';

export interface Matrix {
  /** The whole matrix of the present step, whose beginnings are those of the steps before. */
  readonly slice: Slice;
  /** Tokens that the slice stands for: more than its rows where it is pooled. */
  readonly tokens: number;
  /** Largest weight of the colour scale. */
  readonly peak: number;
}

/** Least height of a row that stands alone. */
const LEAST_ROW = 5;

/**
 * Paints the first `size` rows and columns: all of them, or the last one alone with the others as an outline, which is
 * what a step with a cache computes.
 */
export function paintBeginning(
  { context, width, height }: Surface,
  { slice, tokens, peak }: Matrix,
  size: number,
  part: 'all' | 'lastRow',
  { ramp, foreground }: Theme,
): void {
  const cells = Math.max(1, Math.round((size / tokens) * slice.rows));
  const cell = Math.min(width, height) / cells;
  const gap = cell > 5 ? 1 : 0;
  // Among many rows the new one alone would hardly be seen.
  const rowHeight = part === 'all' ? cell : Math.max(cell, LEAST_ROW);
  for (let row = part === 'all' ? 0 : cells - 1; row < cells; row++) {
    const top = part === 'all' ? row * cell : height - rowHeight;
    for (let column = 0; column <= row; column++) {
      const weight = slice.data[row * slice.columns + column]!;
      context.fillStyle = ramp.css[stepOf(shareOf(weight, 'linear', peak))]!;
      context.fillRect(column * cell, top, Math.ceil(cell) - gap, Math.ceil(rowHeight) - gap);
    }
  }
  context.globalAlpha = 0.4;
  context.strokeStyle = foreground;
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(0.5, 0.5);
  for (let row = 0; row < cells; row++) {
    context.lineTo(Math.min(width - 0.5, (row + 1) * cell - 0.5), row * cell + 0.5);
    context.lineTo(Math.min(width - 0.5, (row + 1) * cell - 0.5), Math.min(height - 0.5, (row + 1) * cell));
  }
  context.lineTo(0.5, height - 0.5);
  context.closePath();
  context.stroke();
  context.globalAlpha = 1;
}

/** The largest weight apart from the first column. */
export function peakOfSlice({ data, columns }: Slice): number {
  let peak = 0;
  data.forEach((weight, place) => {
    if (place % columns !== 0 && weight > peak) peak = weight;
  });
  return peak || 1;
}
