import type { TokenRange } from '../../../src/protocol/run.ts';
import type { ViewSlice } from '../../../src/protocol/viewSlice.ts';
import { columnX, rowY, visibleColumns, visibleRows, type Frame } from './frame.ts';
import { cellText, printedFrom } from '../measure.ts';
import { shareOf, stepOf } from '../ramp.ts';
import type { TileAddress } from './tiles.ts';
import { snap, type Surface } from '../surface.ts';
import type { Theme } from '../theme.ts';
import type { Colouring, TileImages } from './tileImages.ts';

/** From this size on cells are drawn one by one, with lines between them on whole device pixels. */
const GRID_FROM = 12;
/** From this size on cells print their numbers. */
export const VALUES_FROM = 26;
const HATCH_STEP = 6;

/** A tile whose numbers are there. */
export interface ReadyTile {
  readonly address: TileAddress;
  readonly slice: ViewSlice;
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
  for (const tile of tiles) {
    if (frame.cell >= GRID_FROM && tile.address.level === 0) paintCells(surface, frame, tile, colouring);
    else paintImage(surface, frame, tile, images.get(tile.address, tile.slice, colouring));
  }
  if (frame.cell >= GRID_FROM) paintGrid(surface, frame, theme);
  if (frame.cell >= VALUES_FROM)
    for (const tile of tiles)
      if (tile.address.level === 0 && tile.slice.precision === 'single')
        paintValues(surface, frame, theme, tile, colouring, sinkApart);
  if (sinkApart && frame.tokens > 1) paintHatch(surface, frame, theme);
  if (theme.highContrast && colouring.causal) paintEdge(surface, frame, theme);
  context.restore();
}

function paintImage(
  { context, pixelRatio }: Surface,
  frame: Frame,
  { address }: ReadyTile,
  image: OffscreenCanvas,
): void {
  const x = snap(columnX(frame, address.columns.start), pixelRatio);
  const y = snap(rowY(frame, address.rows.start), pixelRatio);
  const right = snap(columnX(frame, address.columns.end), pixelRatio);
  const bottom = snap(rowY(frame, address.rows.end), pixelRatio);
  context.drawImage(image, x, y, right - x, bottom - y);
}

/** Each row in the colour of no weight, then the cells that have one. */
function paintCells(
  { context, pixelRatio }: Surface,
  frame: Frame,
  tile: ReadyTile,
  { ramp, scale, peak, causal }: Colouring,
): void {
  forVisibleRows(frame, tile, causal, (row, columns, offset) => {
    const top = snap(rowY(frame, row), pixelRatio);
    const height = snap(rowY(frame, row + 1), pixelRatio) - top;
    const left = snap(columnX(frame, columns.start), pixelRatio);
    context.fillStyle = ramp.css[0]!;
    context.fillRect(left, top, snap(columnX(frame, columns.end), pixelRatio) - left, height);
    for (let column = columns.start; column < columns.end; column++) {
      const step = stepOf(shareOf(tile.slice.data[offset + column]!, scale, peak));
      if (step === 0) continue;
      const x = snap(columnX(frame, column), pixelRatio);
      context.fillStyle = ramp.css[step]!;
      context.fillRect(x, top, snap(columnX(frame, column + 1), pixelRatio) - x, height);
    }
  });
}

/** Visits the visible rows of a tile of single tokens, with the range of their visible keys and where these lie in the slice. */
function forVisibleRows(
  frame: Frame,
  { address, slice }: ReadyTile,
  causal: boolean,
  visit: (row: number, columns: TokenRange, offset: number) => void,
): void {
  const [rows, columns] = [visibleRows(frame), visibleColumns(frame)];
  const start = Math.max(columns.start, address.columns.start);
  for (let row = Math.max(rows.start, address.rows.start); row < Math.min(rows.end, address.rows.end); row++) {
    const end = Math.min(columns.end, address.columns.end, causal ? row + 1 : frame.tokens);
    const offset = (row - address.rows.start) * slice.columns - address.columns.start;
    if (start < end) visit(row, { start, end }, offset);
  }
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
  tile: ReadyTile,
  { ramp, scale, peak, causal, measure }: Colouring,
  sinkApart: boolean,
): void {
  const smallest = printedFrom(measure, peak);
  context.font = theme.valueFont;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  forVisibleRows(frame, tile, causal, (row, columns, offset) => {
    for (let column = sinkApart ? Math.max(1, columns.start) : columns.start; column < columns.end; column++) {
      const weight = tile.slice.data[offset + column]!;
      if (weight < smallest) continue;
      context.fillStyle = ramp.ink[stepOf(shareOf(weight, scale, peak))]!;
      const [x, y] = [columnX(frame, column) + (frame.cell - 1) / 2, rowY(frame, row) + (frame.cell + 1) / 2];
      context.fillText(cellText(weight, measure), x, y);
    }
  });
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
