import { snap, type Surface } from '../../shared/surface.ts';
import type { Theme } from '../../shared/theme.ts';
import { barEdges, type Axis, type Domain } from './axis.ts';

/** The step of the colour scale that is the theme's accent. */
const ACCENT_STEP = 170;
/** Narrower bars have no room for an outline. */
const OUTLINED_FROM = 4;
const HATCH_DISTANCE = 4;

/** One bar for each column from zero: filled above, hollow below. */
export function paintBars(surface: Surface, axis: Axis, theme: Theme, values: ArrayLike<number>, domain: Domain): void {
  const y = heights(surface, domain);
  paintZero(surface, axis, theme, y(0));
  for (let column = 0; column < axis.count; column++) {
    const value = values[column]!;
    if (value === -Infinity) continue;
    paintBar(surface, axis, theme, column, { from: y(0), to: y(value), falling: value < 0 });
  }
}

/** Bars that add up: each begins where the one before ended; what falls is hollow. The dashed line is the sum. */
export function paintSum(surface: Surface, axis: Axis, theme: Theme, values: ArrayLike<number>): void {
  const sums = runningSums(values);
  const y = heights(surface, { low: Math.min(0, ...sums), high: Math.max(0, ...sums) });
  paintZero(surface, axis, theme, y(0));
  for (let column = 0; column < axis.count; column++) {
    const [before, after] = [column === 0 ? 0 : sums[column - 1]!, sums[column]!];
    paintBar(surface, axis, theme, column, { from: y(before), to: y(after), falling: after < before });
  }
  const { context, pixelRatio } = surface;
  const level = snap(y(sums.at(-1) ?? 0), pixelRatio) + 0.5 / pixelRatio;
  context.strokeStyle = theme.foreground;
  context.lineWidth = 1 / pixelRatio;
  context.setLineDash([3, 3]);
  context.beginPath();
  context.moveTo(0, level);
  context.lineTo(axis.count * axis.cell, level);
  context.stroke();
  context.setLineDash([]);
}

/** Marks a column as beyond the scale. */
export function paintHatched({ context, height, pixelRatio }: Surface, axis: Axis, theme: Theme, column: number): void {
  const { left, right } = barEdges(axis, column, pixelRatio);
  context.save();
  context.beginPath();
  context.rect(left, 0, right - left, height);
  context.clip();
  context.clearRect(left, 0, right - left, height);
  context.strokeStyle = theme.foreground;
  context.globalAlpha = theme.highContrast ? 1 : 0.6;
  context.lineWidth = 1;
  context.beginPath();
  for (let y = -height; y < height + (right - left); y += HATCH_DISTANCE) {
    context.moveTo(left, y + (right - left));
    context.lineTo(right, y);
  }
  context.stroke();
  context.restore();
}

function runningSums(values: ArrayLike<number>): readonly number[] {
  let sum = 0;
  return Array.from(values, (value) => (sum += value));
}

function heights({ height }: Surface, { low, high }: Domain): (value: number) => number {
  const span = high - low || 1;
  return (value) => ((high - value) / span) * (height - 1);
}

function paintZero({ context, pixelRatio }: Surface, axis: Axis, theme: Theme, y: number): void {
  context.fillStyle = theme.foreground;
  context.globalAlpha = theme.highContrast ? 1 : 0.25;
  context.fillRect(0, snap(y, pixelRatio), axis.count * axis.cell, 1 / pixelRatio);
  context.globalAlpha = 1;
}

interface Bar {
  readonly from: number;
  readonly to: number;
  readonly falling: boolean;
}

function paintBar(surface: Surface, axis: Axis, theme: Theme, column: number, { from, to, falling }: Bar): void {
  const { context, pixelRatio } = surface;
  const { left, right } = barEdges(axis, column, pixelRatio);
  const top = snap(Math.min(from, to), pixelRatio);
  const bottom = Math.max(snap(Math.max(from, to), pixelRatio), top + 1 / pixelRatio);
  const accent = theme.ramp.css[ACCENT_STEP]!;
  if (falling && right - left >= OUTLINED_FROM && bottom - top >= 2) {
    context.strokeStyle = accent;
    context.lineWidth = 1;
    context.strokeRect(left + 0.5, top + 0.5, right - left - 1, bottom - top - 1);
  } else {
    context.fillStyle = accent;
    context.globalAlpha = falling ? 0.5 : 1;
    context.fillRect(left, top, right - left, bottom - top);
    context.globalAlpha = 1;
  }
}
