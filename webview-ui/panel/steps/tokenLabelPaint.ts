import type { Surface } from '../../shared/surface.ts';
import type { Theme } from '../../shared/theme.ts';
import { labelText } from '../../shared/tokenLabel.ts';
import { shortened, thinned } from '../../shared/matrix/labels.ts';
import type { Axis } from './axis.ts';

const DISTANCE = 15;
const HALF_LINE = 7;
/** No label has room for more UTF-16 units. */
const LONGEST_SHOWN = 40;

/** Upright labels under the columns of tokens, as many as have room; that of `key` always. */
export function paintTokenLabels(
  { context, height }: Surface,
  axis: Axis,
  theme: Theme,
  names: readonly string[],
  key: number,
): void {
  context.font = theme.labelFont;
  context.textAlign = 'right';
  context.textBaseline = 'middle';
  const last = Math.max(HALF_LINE, axis.count * axis.cell - HALF_LINE);
  const taken: number[] = [];
  for (const token of new Set([key, ...thinned(axis.count, axis.cell, DISTANCE, new Set())])) {
    const x = Math.max(HALF_LINE, Math.min(last, (token + 0.5) * axis.cell));
    if (taken.some((other) => Math.abs(other - x) < 2 * HALF_LINE)) continue;
    taken.push(x);
    const name = labelText(names[token]!.slice(0, LONGEST_SHOWN));
    context.save();
    context.translate(x, 0);
    context.rotate(-Math.PI / 2);
    context.fillStyle = theme.foreground;
    context.globalAlpha = token === key || theme.highContrast ? 1 : 0.76;
    context.fillText(
      shortened(name, height - 4, (text) => context.measureText(text).width),
      -3,
      0.5,
    );
    context.restore();
  }
}
