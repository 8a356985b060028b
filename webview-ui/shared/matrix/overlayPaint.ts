import type { Direction } from '../../../src/protocol/run.ts';
import { columnX, rowY, type CellPlace, type Frame } from './frame.ts';
import type { Labels } from './labelPaint.ts';
import { snap, type Surface } from '../surface.ts';
import type { Theme } from '../theme.ts';

/** What the overlay marks. */
export interface Marks {
  readonly direction: Direction;
  readonly causal: boolean;
  readonly pinned: number | undefined;
  readonly pinnedCell: CellPlace | undefined;
  readonly query: number | undefined;
  readonly key: number | undefined;
}

/** Paints what follows the pointer and the pin, over a matrix that stays as it is. */
export function paintOverlay(surface: Surface, frame: Frame, theme: Theme, labels: Labels, marks: Marks): void {
  const { context } = surface;
  const { plot } = frame;
  context.save();
  context.beginPath();
  context.rect(plot.x - 2, plot.y - 2, plot.width + 4, plot.height + 4);
  context.clip();
  context.lineWidth = 1;
  context.strokeStyle = theme.foreground;
  if (marks.query !== undefined) outline(surface, rowBand(frame, marks.query, marks.causal));
  if (marks.key !== undefined) outline(surface, columnBand(frame, marks.key, marks.causal));
  context.strokeStyle = theme.pin;
  context.lineWidth = 2;
  if (marks.pinned !== undefined) {
    const band = marks.direction === 'looksAt' ? rowBand : columnBand;
    outline(surface, band(frame, marks.pinned, marks.causal));
  }
  if (marks.pinnedCell) outline(surface, cellBox(frame, marks.pinnedCell));
  if (marks.query !== undefined && marks.key !== undefined) {
    context.strokeStyle = theme.foreground;
    outline(surface, cellBox(frame, { query: marks.query, key: marks.key }));
  }
  context.restore();
  paintChips(surface, frame, theme, labels, marks);
}

function paintChips(surface: Surface, frame: Frame, theme: Theme, labels: Labels, marks: Marks): void {
  const { direction, pinned, pinnedCell, query, key } = marks;
  const pinnedRow = pinnedCell?.query ?? (direction === 'looksAt' ? pinned : undefined);
  const pinnedColumn = pinnedCell?.key ?? (direction === 'lookedAtBy' ? pinned : undefined);
  if (pinnedRow !== undefined) labels.row(surface, frame, theme, pinnedRow, 'pinned');
  if (pinnedColumn !== undefined) labels.column(surface, frame, theme, pinnedColumn, 'pinned');
  if (query !== undefined && query !== pinnedRow) labels.row(surface, frame, theme, query, 'hovered');
  if (key !== undefined && key !== pinnedColumn) labels.column(surface, frame, theme, key, 'hovered');
}

interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

function rowBand(frame: Frame, query: number, causal: boolean): Box {
  return {
    left: columnX(frame, 0),
    top: rowY(frame, query),
    right: columnX(frame, causal ? query + 1 : frame.tokens),
    bottom: rowY(frame, query + 1),
  };
}

function columnBand(frame: Frame, key: number, causal: boolean): Box {
  return {
    left: columnX(frame, key),
    top: rowY(frame, causal ? key : 0),
    right: columnX(frame, key + 1),
    bottom: rowY(frame, frame.tokens),
  };
}

function cellBox(frame: Frame, { query, key }: CellPlace): Box {
  return {
    left: columnX(frame, key),
    top: rowY(frame, query),
    right: columnX(frame, key + 1),
    bottom: rowY(frame, query + 1),
  };
}

/** A rectangle round cells; of narrow ones it keeps a pixel's distance, so that they stay visible. */
function outline({ context, pixelRatio }: Surface, box: Box): void {
  const half = context.lineWidth / 2;
  const left = snap(box.left, pixelRatio) - half;
  const top = snap(box.top, pixelRatio) - half;
  const right = snap(box.right, pixelRatio) - 1 + half;
  const bottom = snap(box.bottom, pixelRatio) - 1 + half;
  context.strokeRect(left, top, Math.max(3, right - left), Math.max(3, bottom - top));
}
