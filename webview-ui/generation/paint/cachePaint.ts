import type { Surface } from '../../shared/surface.ts';
import type { Theme } from '../../shared/theme.ts';
import type { CellState } from '../layout/cacheCells.ts';

export interface CacheGrid {
  readonly layers: number;
  readonly rowHeight: number;
}

/** Paints what each layer holds: a column for each position. */
export function paintCache(
  { context, width, pixelRatio }: Surface,
  cells: readonly CellState[],
  { layers, rowHeight }: CacheGrid,
  { foreground, ramp }: Theme,
): void {
  const cell = Math.min(12, width / cells.length);
  const gap = cell >= 3 ? 1 : 0;
  const snap = (length: number): number => Math.round(length * pixelRatio) / pixelRatio;
  cells.forEach((state, position) => {
    const left = snap(position * cell);
    const wide = Math.max(1 / pixelRatio, snap((position + 1) * cell) - left - gap);
    for (let layer = 0; layer < layers; layer++) {
      const top = layer * rowHeight;
      const high = rowHeight - 1;
      paintCell(context, { left, top, wide, high }, state, { foreground, accent: ramp.css[150]! });
    }
  });
}

/** Left edge and width of a position's column. */
export function columnOf(
  position: number,
  count: number,
  width: number,
): { readonly left: number; readonly width: number } {
  const cell = Math.min(12, width / count);
  return { left: position * cell, width: cell };
}

interface Box {
  readonly left: number;
  readonly top: number;
  readonly wide: number;
  readonly high: number;
}

function paintCell(
  context: CanvasRenderingContext2D,
  { left, top, wide, high }: Box,
  state: CellState,
  { foreground, accent }: { readonly foreground: string; readonly accent: string },
): void {
  switch (state) {
    case 'computed':
    case 'reused':
    case 'waiting':
      context.globalAlpha = state === 'waiting' ? 0.35 : 1;
      context.fillStyle = state === 'computed' ? foreground : accent;
      context.fillRect(left, top, wide, high);
      break;
    case 'evicted':
      context.globalAlpha = 0.6;
      context.strokeStyle = foreground;
      context.lineWidth = 1;
      context.beginPath();
      context.moveTo(left, top + high);
      context.lineTo(left + Math.max(1, wide), top);
      context.stroke();
      break;
    case 'free':
      context.globalAlpha = wide < 3 ? 0.12 : 0.3;
      if (wide < 3) {
        context.fillStyle = foreground;
        context.fillRect(left, top, wide, high);
      } else {
        context.strokeStyle = foreground;
        context.lineWidth = 1;
        context.strokeRect(left + 0.5, top + 0.5, wide - 1, high - 1);
      }
  }
  context.globalAlpha = 1;
}
