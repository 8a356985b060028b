/** Geometry of the matrix inside of its box. All lengths are CSS pixels unless said otherwise. */

/** What part of the matrix is looked at; it survives a resize. */
export interface View {
  /** Size of a cell relative to the whole matrix fitting the box; at least 1. */
  readonly zoom: number;
  /** Token at the left and at the top edge of the plot, with fractions. */
  readonly left: number;
  readonly top: number;
}

export const FIT: View = { zoom: 1, left: 0, top: 0 };

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Rectangle extends Point {
  readonly width: number;
  readonly height: number;
}

/** The box to draw in, and what its labels need. */
export interface Box {
  readonly width: number;
  readonly height: number;
  readonly tokens: number;
  /** Widest token label. */
  readonly labelWidth: number;
  /** Room for profiles beside the lower and the right edge where the whole matrix shows cells too small to be read. */
  readonly profiles: number;
}

export interface Frame {
  /** Where cells are drawn. */
  readonly plot: Rectangle;
  readonly cell: number;
  /** The view after it was held inside of the matrix. */
  readonly view: View;
  /** Depth of the strips below and on the right of the plot; 0 where every cell can be read. */
  readonly profiles: number;
  /** Column labels at 45° rather than upright. */
  readonly slanted: boolean;
  /** Room above the plot for column labels. */
  readonly head: number;
  readonly labelWidth: number;
  readonly tokens: number;
}

export interface CellPlace {
  readonly query: number;
  readonly key: number;
}

/** What lies under a point: a cell, or the label of a row or of a column. */
export type Hit =
  | ({ readonly kind: 'cell' } & CellPlace)
  | { readonly kind: 'row'; readonly query: number }
  | { readonly kind: 'column'; readonly key: number };

/** From this cell size on a row's numbers are read off its cells. */
const READABLE_CELL = 12;
const LARGEST_FITTED_CELL = 40;
const LARGEST_CELL = 64;
const SLANT_FROM = 18;
const GUTTER = 16;
const EDGE = 4;

/** Places the matrix: a square of equal cells, as large as the box allows, or the part of it that the view shows. */
export function frameOf(box: Box, view: View): Frame {
  const gutter = box.labelWidth + GUTTER;
  const slantRoom = Math.ceil(Math.min(box.labelWidth * 0.71, 64));
  const rough = Math.min(box.width - gutter - slantRoom, box.height - slantRoom) / box.tokens;
  const slanted = rough >= SLANT_FROM || view.zoom * rough >= SLANT_FROM;
  const head = slanted ? slantRoom + 18 : box.labelWidth + 12;
  // Not by the zoom: the plot is not to jump when cells become readable.
  const profiles = rough < READABLE_CELL && box.tokens > 1 ? box.profiles : 0;
  const overhang = Math.max(slanted ? slantRoom : EDGE, profiles);
  const below = Math.max(EDGE, profiles);
  const room = { width: Math.max(1, box.width - gutter - overhang), height: Math.max(1, box.height - head - below) };
  const fitted = Math.min(room.width / box.tokens, room.height / box.tokens, LARGEST_FITTED_CELL);
  const zoom = Math.max(1, Math.min(view.zoom, largestZoom(fitted)));
  const cell = fitted * zoom;
  const width = Math.min(room.width, cell * box.tokens);
  const height = Math.min(room.height, cell * box.tokens);
  const hold = (first: number, length: number): number => Math.max(0, Math.min(first, box.tokens - length / cell));
  return {
    plot: { x: Math.round(gutter + (room.width - width) / 2), y: head, width, height },
    cell,
    profiles,
    view: { zoom, left: hold(view.left, width), top: hold(view.top, height) },
    slanted,
    head,
    labelWidth: box.labelWidth,
    tokens: box.tokens,
  };
}

/** Left edge of a token's column. */
export function columnX(frame: Frame, key: number): number {
  return frame.plot.x + (key - frame.view.left) * frame.cell;
}

/** Top edge of a token's row. */
export function rowY(frame: Frame, query: number): number {
  return frame.plot.y + (query - frame.view.top) * frame.cell;
}

/** Half-open ranges of the tokens that are at least partly visible. */
export function visibleColumns(frame: Frame): { readonly start: number; readonly end: number } {
  return visible(frame.view.left, frame.plot.width / frame.cell, frame.tokens);
}

export function visibleRows(frame: Frame): { readonly start: number; readonly end: number } {
  return visible(frame.view.top, frame.plot.height / frame.cell, frame.tokens);
}

/** Finds what is under a point of the box; cells that a causal model cannot use count as their row. */
export function hitAt(frame: Frame, point: Point, causal: boolean): Hit | undefined {
  const { plot } = frame;
  const query = Math.floor((point.y - plot.y) / frame.cell + frame.view.top);
  const key = Math.floor((point.x - plot.x) / frame.cell + frame.view.left);
  const inRows = point.y >= plot.y && point.y < plot.y + plot.height && query >= 0 && query < frame.tokens;
  const inColumns = point.x >= plot.x && point.x < plot.x + plot.width && key >= 0 && key < frame.tokens;
  if (inRows && inColumns) return causal && key > query ? undefined : { kind: 'cell', query, key };
  if (inRows && point.x < plot.x && point.x > plot.x - frame.labelWidth - GUTTER) return { kind: 'row', query };
  if (inColumns && point.y < plot.y) return { kind: 'column', key };
  return undefined;
}

/** The view after scaling by `factor` with the token under `anchor` held in place. */
export function zoomed(box: Box, frame: Frame, factor: number, anchor: Point): View {
  const held = {
    left: frame.view.left + (anchor.x - frame.plot.x) / frame.cell,
    top: frame.view.top + (anchor.y - frame.plot.y) / frame.cell,
  };
  const larger = frameOf(box, { ...frame.view, zoom: frame.view.zoom * factor });
  return frameOf(box, {
    zoom: larger.view.zoom,
    left: held.left - (anchor.x - larger.plot.x) / larger.cell,
    top: held.top - (anchor.y - larger.plot.y) / larger.cell,
  }).view;
}

/** The view after moving its content by a distance on screen. */
export function panned(box: Box, frame: Frame, by: Point): View {
  const { zoom, left, top } = frame.view;
  return frameOf(box, { zoom, left: left - by.x / frame.cell, top: top - by.y / frame.cell }).view;
}

/** The view moved as little as needed to show a cell. */
export function revealing(frame: Frame, { query, key }: CellPlace): View {
  const into = (first: number, token: number, count: number): number =>
    Math.min(Math.max(first, token + 1 - count), token);
  const { zoom, left, top } = frame.view;
  return {
    zoom,
    left: into(left, key, frame.plot.width / frame.cell),
    top: into(top, query, frame.plot.height / frame.cell),
  };
}

/** The view with a cell in its middle; it may reach beyond the matrix, which the frame mends. */
export function centred({ view, plot, cell }: Frame, { query, key }: CellPlace): View {
  const before = (token: number, length: number): number => Math.max(0, token + 0.5 - length / cell / 2);
  return { zoom: view.zoom, left: before(key, plot.width), top: before(query, plot.height) };
}

/**
 * The view of all columns, as large as they fit the width, from a row on as far as the height goes; of the whole matrix
 * where that can be read.
 */
export function fromRow(box: Box, row: number): View {
  const { cell } = frameOf(box, FIT);
  if (cell >= READABLE_CELL) return FIT;
  const { plot } = frameOf(box, { ...FIT, zoom: Infinity });
  const zoom = Math.max(1, plot.width / (cell * box.tokens));
  return frameOf(box, { zoom, left: 0, top: row }).view;
}

function largestZoom(fitted: number): number {
  return Math.max(1, LARGEST_CELL / fitted);
}

function visible(first: number, count: number, tokens: number): { start: number; end: number } {
  return { start: Math.max(0, Math.floor(first)), end: Math.min(tokens, Math.ceil(first + count)) };
}
