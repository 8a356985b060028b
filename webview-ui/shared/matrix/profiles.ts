import type { Surface } from '../surface.ts';
import type { Theme } from '../theme.ts';
import type { Frame } from './frame.ts';

/** Room that the profiles need beside the plot, in CSS pixels. */
export const PROFILE_DEPTH = 30;
const GAP = 2;

/** Weights of the marked row, over its keys, and of the marked column, over its queries: each [tokens]. */
export interface Profiles {
  readonly row: Float32Array | undefined;
  readonly column: Float32Array | undefined;
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

/** Bars below the plot for the row, on its right for the column; the longest one fills its strip. */
export function paintProfiles(surface: Surface, frame: Frame, theme: Theme, { row, column }: Profiles): void {
  const { context } = surface;
  const { plot, view, cell, profiles } = frame;
  const strip = (
    weights: Float32Array,
    first: number,
    length: number,
    bar: (at: number, size: number) => void,
  ): void => {
    const bars = underPixels(weights, first, cell, Math.floor(length));
    const longest = bars.reduce((most, weight) => Math.max(most, weight), 0);
    if (longest > 0) bars.forEach((weight, at) => weight > 0 && bar(at, (weight / longest) * (profiles - GAP)));
  };
  context.fillStyle = theme.pin;
  const [right, bottom] = [plot.x + plot.width + GAP, plot.y + plot.height + GAP];
  if (row) strip(row, view.left, plot.width, (at, size) => context.fillRect(plot.x + at, bottom, 1, size));
  if (column) strip(column, view.top, plot.height, (at, size) => context.fillRect(right, plot.y + at, size, 1));
}
