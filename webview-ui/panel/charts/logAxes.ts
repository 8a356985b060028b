import type { Point } from '../../../src/attention/powerLaw.ts';

/** Both axes of a chart on which a power law is a straight line. */
export interface LogAxes {
  readonly x: LogRange;
  readonly y: LogRange;
}

interface LogRange {
  readonly low: number;
  readonly high: number;
}

/** Axes that hold all points. `y` goes from one power of `base` to another; `x` is as wide as the points. */
export function axesOf(points: readonly Point[], base: number): LogAxes {
  const [xs, ys] = [points.map(({ x }) => x), points.map(({ y }) => y)];
  const power = (value: number): number => Math.log(value) / Math.log(base);
  const low = Math.floor(power(Math.min(...ys)));
  const high = Math.max(low + 1, Math.ceil(power(Math.max(...ys))));
  return {
    x: { low: Math.min(...xs), high: Math.max(...xs) },
    y: { low: base ** low, high: base ** high },
  };
}

/** Where a value stands on an axis, between 0 (low) and 1 (high). */
export function shareOf(value: number, { low, high }: LogRange): number {
  return low === high ? 0.5 : Math.log(value / low) / Math.log(high / low);
}

/** A line through points as an SVG path in a box of the given size; y grows upwards. */
export function linePath(points: readonly Point[], axes: LogAxes, width: number, height: number): string {
  return points.map((point, place) => `${place === 0 ? 'M' : 'L'}${positionOf(point, axes, width, height)}`).join('');
}

/** Every point as a short stroke, which round line ends make a dot. */
export function dotsPath(points: readonly Point[], axes: LogAxes, width: number, height: number): string {
  return points.map((point) => `M${positionOf(point, axes, width, height)}h0.01`).join('');
}

function positionOf({ x, y }: Point, axes: LogAxes, width: number, height: number): string {
  return `${(shareOf(x, axes.x) * width).toFixed(1)} ${((1 - shareOf(y, axes.y)) * height).toFixed(1)}`;
}
