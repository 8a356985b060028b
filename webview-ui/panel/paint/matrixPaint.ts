import type { Slice } from '../../../src/protocol/run.ts';
import { columnX, rowY, visibleColumns, visibleRows, type Frame } from '../layout/frame.ts';
import { cellText } from '../layout/numbers.ts';
import { shareOf, stepOf } from '../layout/ramp.ts';
import type { TileAddress } from '../layout/tiles.ts';
import { snap, type Surface } from './surface.ts';
import type { Theme } from './theme.ts';
import type { Colouring, TileImages } from './tileImages.ts';

const GRID_FROM = 8;
const VALUES_FROM = 26;
const SMALLEST_VALUE = 0.045;
const HATCH_STEP = 6;

/** A tile whose numbers are there. */
export interface ReadyTile {
  readonly address: TileAddress;
  readonly slice: Slice;
}

/** Paints the visible cells; labels and everything that follows the pointer are painted elsewhere. */
export function paintMatrix(
  surface: Surface,
  frame: Frame,
  theme: Theme,
  tiles: readonly ReadyTile[],
  images: TileImages,
  colouring: Colouring,
  sinkApart: boolean,
): void {
  const { context } = surface;
  const { plot } = frame;
  context.save();
  context.beginPath();
  context.rect(plot.x, plot.y, plot.width, plot.height);
  context.clip();
  context.imageSmoothingEnabled = false;
  for (const { address, slice } of tiles) {
    const { x, y, width, height } = tileRectangle(surface, frame, address);
    context.drawImage(images.get(address, slice, colouring), x, y, width, height);
  }
  if (frame.cell >= GRID_FROM) paintGrid(surface, frame, theme);
  if (frame.cell >= VALUES_FROM) for (const tile of tiles) paintValues(surface, frame, theme, tile, colouring, sinkApart);
  if (sinkApart && frame.tokens > 1) paintHatch(surface, frame, theme);
  if (theme.highContrast && colouring.causal) paintEdge(surface, frame, theme);
  context.restore();
}

function tileRectangle(
  { pixelRatio }: Surface,
  frame: Frame,
  { rows, columns }: TileAddress,
): { x: number; y: number; width: number; height: number } {
  const x = snap(columnX(frame, columns.start), pixelRatio);
  const y = snap(rowY(frame, rows.start), pixelRatio);
  return {
    x,
    y,
    width: snap(columnX(frame, columns.end), pixelRatio) - x,
    height: snap(rowY(frame, rows.end), pixelRatio) - y,
  };
}

/** Lines of the background's colour between the cells. */
function paintGrid({ context, pixelRatio }: Surface, frame: Frame, theme: Theme): void {
  const { plot } = frame;
  const rows = visibleRows(frame);
  const columns = visibleColumns(frame);
  const line = Math.max(1, Math.round(pixelRatio)) / pixelRatio;
  context.fillStyle = theme.background;
  for (let row = rows.start; row <= rows.end; row++) {
    context.fillRect(plot.x, snap(rowY(frame, row), pixelRatio) - line, plot.width, line);
  }
  for (let column = columns.start; column <= columns.end; column++) {
    context.fillRect(snap(columnX(frame, column), pixelRatio) - line, plot.y, line, plot.height);
  }
}

function paintValues(
  { context }: Surface,
  frame: Frame,
  theme: Theme,
  { address, slice }: ReadyTile,
  { ramp, scale, peak }: Colouring,
  sinkApart: boolean,
): void {
  if (address.level > 0) return;
  const rows = visibleRows(frame);
  const columns = visibleColumns(frame);
  context.font = theme.valueFont;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  for (let row = Math.max(rows.start, address.rows.start); row < Math.min(rows.end, address.rows.end); row++) {
    const offset = (row - address.rows.start) * slice.columns - address.columns.start;
    const last = Math.min(columns.end, address.columns.end);
    for (let column = Math.max(columns.start, address.columns.start, sinkApart ? 1 : 0); column < last; column++) {
      const weight = slice.data[offset + column]!;
      if (weight < SMALLEST_VALUE) continue;
      context.fillStyle = ramp.ink[stepOf(shareOf(weight, scale, peak))]!;
      context.fillText(
        cellText(weight),
        columnX(frame, column) + (frame.cell - 1) / 2,
        rowY(frame, row) + (frame.cell + 1) / 2,
      );
    }
  }
}

/** The first column set apart: hatched, since its colours would not be on the scale. */
function paintHatch({ context, pixelRatio }: Surface, frame: Frame, theme: Theme): void {
  const { plot } = frame;
  const left = snap(columnX(frame, 0), pixelRatio);
  const gap = frame.cell >= GRID_FROM ? 1 : 0;
  const width = Math.max(snap(columnX(frame, 1), pixelRatio) - left - gap, 2);
  if (left + width < plot.x) return;
  const top = plot.y;
  const height = Math.min(plot.height, rowY(frame, frame.tokens) - top);
  context.save();
  context.beginPath();
  context.rect(left, top, width, height);
  context.clip();
  context.fillStyle = theme.background;
  context.fillRect(left, top, width, height);
  context.strokeStyle = theme.foreground;
  context.globalAlpha = theme.highContrast ? 0.9 : 0.4;
  context.lineWidth = 1;
  context.beginPath();
  const phase = (frame.view.top * frame.cell) % HATCH_STEP;
  for (let y = top - phase - width; y < top + height + width + HATCH_STEP; y += HATCH_STEP) {
    context.moveTo(left - 1, y + width + 1);
    context.lineTo(left + width + 1, y - 1);
  }
  context.stroke();
  context.restore();
}

/** High contrast: where the causal half ends. */
function paintEdge({ context }: Surface, frame: Frame, theme: Theme): void {
  context.strokeStyle = theme.edge;
  context.lineWidth = 1;
  context.beginPath();
  const rows = visibleRows(frame);
  context.moveTo(columnX(frame, rows.start), rowY(frame, rows.start));
  if (frame.cell < GRID_FROM) {
    context.lineTo(columnX(frame, rows.end), rowY(frame, rows.end));
  } else {
    for (let row = rows.start; row < rows.end; row++) {
      context.lineTo(columnX(frame, row + 1) - 0.5, rowY(frame, row) - 0.5);
      context.lineTo(columnX(frame, row + 1) - 0.5, rowY(frame, row + 1) - 0.5);
    }
  }
  context.stroke();
}
