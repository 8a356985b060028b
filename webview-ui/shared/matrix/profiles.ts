import type { Surface } from '../surface.ts';
import type { Theme } from '../theme.ts';
import type { Frame } from './frame.ts';

/** From this cell size on a row's numbers are read off its cells. */
const READABLE_CELL = 12;
/** Length of the longest bar. */
const DEPTH = 28;

/** Weights of the marked row, over its keys, and of the marked column, over its queries: each [tokens]. */
export interface Profiles {
  readonly row: Float32Array | undefined;
  readonly column: Float32Array | undefined;
}

/** Whether cells are too small to be read one by one. */
export function showsProfiles(frame: Frame): boolean {
  return frame.cell < READABLE_CELL && frame.tokens > 1;
}

/**
 * The largest weight under each pixel of an edge.
 *
 * @param first token at the beginning of the edge, with fractions
 * @param cell pixels of a token
 */
export function underPixels(weights: Float32Array, first: number, cell: number, pixels: number): Float32Array {
  const largest = new Float32Array(pixels);
  for (let pixel = 0; pixel < pixels; pixel++) {
    const start = Math.max(0, Math.floor(first + pixel / cell));
    const end = Math.min(weights.length, Math.max(start + 1, Math.ceil(first + (pixel + 1) / cell)));
    for (let token = start; token < end; token++) largest[pixel] = Math.max(largest[pixel]!, weights[token]!);
  }
  return largest;
}

/** Bars on the lower edge of the plot for the row, on its right edge for the column; the longest one fills the strip. */
export function paintProfiles(surface: Surface, frame: Frame, theme: Theme, { row, column }: Profiles): void {
  const { context } = surface;
  const { plot, view, cell } = frame;
  const strip = (
    weights: Float32Array,
    first: number,
    length: number,
    bar: (at: number, size: number) => void,
  ): void => {
    const bars = underPixels(weights, first, cell, Math.floor(length));
    const longest = bars.reduce((most, weight) => Math.max(most, weight), 0);
    if (longest > 0) bars.forEach((weight, at) => weight > 0 && bar(at, (weight / longest) * DEPTH));
  };
  context.save();
  context.globalAlpha = 0.85;
  context.fillStyle = theme.background;
  if (row) context.fillRect(plot.x, plot.y + plot.height - DEPTH - 2, plot.width, DEPTH + 2);
  if (column) context.fillRect(plot.x + plot.width - DEPTH - 2, plot.y, DEPTH + 2, plot.height);
  context.globalAlpha = 1;
  context.fillStyle = theme.pin;
  if (row) {
    strip(row, view.left, plot.width, (at, size) =>
      context.fillRect(plot.x + at, plot.y + plot.height - size, 1, size),
    );
  }
  if (column) {
    strip(column, view.top, plot.height, (at, size) =>
      context.fillRect(plot.x + plot.width - size, plot.y + at, size, 1),
    );
  }
  context.restore();
}
