import { cellRange } from '../../../src/protocol/cells.ts';
import type { Block, Slice, TokenRange } from '../../../src/protocol/run.ts';
import { cellText, type Measure as Kind, printedFrom } from '../../shared/measure.ts';
import { type Scale, shareOf, stepOf, STEPS } from '../../shared/ramp.ts';
import { labelText } from '../../shared/tokenLabel.ts';
import { shortened, thinned } from '../../shared/matrix/labels.ts';
import type { Box, Figure, Font, Line, Shape } from './shapes.ts';

/** Colours as `#rrggbb`, and fonts. */
export interface FigureLook {
  readonly background: string;
  readonly foreground: string;
  readonly pin: string;
  readonly pinInk: string;
  /** One for each step of the colour scale. */
  readonly ramp: readonly string[];
  readonly ink: readonly string[];
  readonly labelFont: Font;
  readonly textFont: Font;
}

/** What is drawn: some tokens as queries against some as keys. */
export interface FigureContent {
  readonly rows: TokenRange;
  readonly columns: TokenRange;
  /** Tokens that share a cell. */
  readonly block: Block;
  readonly slice: Slice;
  /** Of all tokens of the text. */
  readonly names: readonly string[];
  readonly lineStarts: ReadonlySet<number>;
  readonly causal: boolean;
  readonly scale: Scale;
  /** What the cells hold. */
  readonly kind: Kind;
  /** Weight at the upper end of the colour scale. */
  readonly peak: number;
  readonly sinkApart: boolean;
  readonly pinnedRow: number | undefined;
  readonly pinnedColumn: number | undefined;
  /** Heading, and lines below it. */
  readonly title: string;
  readonly facts: readonly string[];
  /** Under the ends of the colour scale. */
  readonly ends: readonly [low: string, high: string];
  readonly sinkText: string;
}

export type Measure = (text: string, font: Font) => number;

const MARGIN = 24;
const GAP = 8;
const LINE = 20;
const WANTED_SIDE = 880;
const LARGEST_CELL = 32;
/** From this size on there are lines between the cells, and from the next one numbers in them. */
const GRID_FROM = 12;
const VALUES_FROM = 26;
const SLANT_FROM = 17;
const LABEL_DISTANCE = 14;
const LONGEST_LABEL = 140;
const HATCH_STEP = 6;
const LEGEND = { width: 180, height: 10 };
/** No label has room for more UTF-16 units. */
const LONGEST_SHOWN = 40;

interface Layout {
  readonly left: number;
  readonly top: number;
  /** Side of a cell of the slice: whole pixels at twice the size. */
  readonly cell: number;
  readonly gap: number;
  /** Width and height of a token. */
  readonly perColumn: number;
  readonly perRow: number;
  readonly slanted: boolean;
}

/** Lays out the matrix with its labels, a caption above it and the legend below. */
export function figureOf(content: FigureContent, look: FigureLook, measure: Measure): Figure {
  const { rows, columns, block, slice } = content;
  const label = (token: number): string =>
    shortened(labelText(content.names[token]!.slice(0, LONGEST_SHOWN)), LONGEST_LABEL, (text) =>
      measure(text, look.labelFont),
    );
  const cell = cellSize(Math.max(slice.rows, slice.columns));
  const rowLabels = labelled(rows, cell / block.rows, content);
  const columnLabels = labelled(columns, cell / block.columns, content);
  const widest = (tokens: readonly number[]): number =>
    tokens.reduce((width, token) => Math.max(width, measure(label(token), look.labelFont)), 0);
  const slanted = cell >= SLANT_FROM;
  const rise = widest(columnLabels) * (slanted ? Math.SQRT1_2 : 1);
  const layout: Layout = {
    left: MARGIN + widest(rowLabels) + GAP,
    top: MARGIN + LINE * (1 + content.facts.length) + GAP + rise + GAP,
    cell,
    gap: cell >= GRID_FROM ? 1 : 0,
    perColumn: cell / block.columns,
    perRow: cell / block.rows,
    slanted,
  };
  const right = layout.left + cell * slice.columns;
  const bottom = layout.top + cell * slice.rows;
  const caption = captionOf(content, look);
  const captionWidth = Math.max(...caption.map((line) => measure(line.text, line.font)));
  return {
    width: Math.ceil(Math.max(right + (slanted ? rise : 0), MARGIN + captionWidth, MARGIN + LEGEND.width) + MARGIN),
    height: Math.ceil(bottom + GAP + LEGEND.height + LINE * (content.sinkApart ? 2 : 1) + MARGIN),
    title: [content.title, ...content.facts].join('. '),
    background: look.background,
    shapes: [
      ...caption,
      ...cellsOf(content, look, layout),
      ...valuesOf(content, look, layout),
      ...(content.sinkApart && columns.start === 0 ? hatchOf(look, layout, slice.rows * cell) : []),
      ...rowLabels.flatMap((token) => rowLabel(token, label(token), content, look, layout, measure)),
      ...columnLabels.flatMap((token) => columnLabel(token, label(token), content, look, layout)),
      ...legendOf(content, look, bottom + GAP),
    ],
  };
}

function cellSize(cells: number): number {
  return Math.max(1.5, Math.min(LARGEST_CELL, Math.floor((2 * WANTED_SIDE) / cells) / 2));
}

function labelled(
  { start, end }: TokenRange,
  perToken: number,
  { names, lineStarts }: FigureContent,
): readonly number[] {
  return thinned(names.length, perToken, LABEL_DISTANCE, lineStarts).filter((token) => token >= start && token < end);
}

function captionOf({ title, facts }: FigureContent, { foreground, textFont }: FigureLook): readonly TextLine[] {
  return [title, ...facts].map((text, place) => ({
    kind: 'text',
    text,
    x: MARGIN,
    y: MARGIN + LINE * (place + 0.5),
    anchor: 'start',
    fill: foreground,
    font: place === 0 ? { ...textFont, size: textFont.size + 3, bold: true } : textFont,
  }));
}

type TextLine = Extract<Shape, { kind: 'text' }>;

/** The cells in the colour of their weight, all of one colour in one shape; neighbours of one colour are one box. */
function cellsOf(content: FigureContent, { ramp }: FigureLook, layout: Layout): readonly Shape[] {
  const { slice, scale, peak } = content;
  const { left, top, cell, gap } = layout;
  const byStep = new Map<number, Box[]>();
  for (let row = 0; row < slice.rows; row++) {
    const reach = reachOf(content, row);
    const stepAt = (column: number): number => stepOf(shareOf(slice.data[row * slice.columns + column]!, scale, peak));
    for (let column = 0; column < reach;) {
      const step = stepAt(column);
      const first = column++;
      while (gap === 0 && column < reach && stepAt(column) === step) column++;
      const boxes = byStep.get(step) ?? [];
      byStep.set(step, boxes);
      boxes.push([left + first * cell, top + row * cell, (column - first) * cell - gap, cell - gap]);
    }
  }
  return [...byStep].map(([step, boxes]) => ({ kind: 'boxes', fill: ramp[step]!, boxes }));
}

/** Cells of a row before those that a causal model cannot use. */
function reachOf({ rows, columns, block, slice, causal }: FigureContent, row: number): number {
  if (!causal) return slice.columns;
  const keys = cellRange(rows, block.rows, row).end - columns.start;
  return Math.max(0, Math.min(slice.columns, Math.ceil(keys / block.columns)));
}

function valuesOf(content: FigureContent, look: FigureLook, { left, top, cell }: Layout): readonly Shape[] {
  const { columns, block, slice, scale, kind, peak, sinkApart } = content;
  if (cell < VALUES_FROM || block.rows > 1 || block.columns > 1) return [];
  const shapes: Shape[] = [];
  for (let row = 0; row < slice.rows; row++) {
    for (let column = 0; column < slice.columns; column++) {
      const weight = slice.data[row * slice.columns + column]!;
      if (weight < printedFrom(kind, peak) || (sinkApart && columns.start + column === 0)) continue;
      shapes.push({
        kind: 'text',
        text: cellText(weight, kind),
        x: left + (column + 0.5) * cell,
        y: top + (row + 0.5) * cell,
        anchor: 'middle',
        fill: look.ink[stepOf(shareOf(weight, scale, peak))]!,
        font: { ...look.textFont, size: 11 },
      });
    }
  }
  return shapes;
}

/** The first column set apart: hatched, since its colours would not be on the scale. */
function hatchOf({ background, foreground }: FigureLook, { left, top, cell, gap }: Layout, height: number): Shape[] {
  const width = cell - gap;
  const lines: Line[] = [];
  for (let y = top + width; y <= top + height; y += HATCH_STEP) lines.push([left, y, left + width, y - width]);
  return [
    { kind: 'boxes', fill: background, boxes: [[left, top, width, height]] },
    { kind: 'lines', stroke: foreground, opacity: 0.5, lines },
  ];
}

function rowLabel(
  token: number,
  text: string,
  { rows, pinnedRow }: FigureContent,
  look: FigureLook,
  { left, top, perRow }: Layout,
  measure: Measure,
): readonly Shape[] {
  const pinned = token === pinnedRow;
  const [x, y] = [left - GAP, top + (token - rows.start + 0.5) * perRow];
  const width = measure(text, look.labelFont);
  const chip: Shape = { kind: 'boxes', fill: look.pin, boxes: [[x - width - 3, y - 9, width + 6, 18]] };
  const fill = pinned ? look.pinInk : look.foreground;
  const label: Shape = { kind: 'text', text, x, y, anchor: 'end', fill, font: look.labelFont };
  return pinned ? [chip, label] : [label];
}

function columnLabel(
  token: number,
  text: string,
  { columns, pinnedColumn }: FigureContent,
  look: FigureLook,
  { left, top, perColumn, slanted }: Layout,
): readonly Shape[] {
  const pinned = token === pinnedColumn;
  const x = left + (token - columns.start + 0.5) * perColumn;
  const font = pinned ? { ...look.labelFont, bold: true } : look.labelFont;
  const turn = slanted ? -45 : -90;
  return [{ kind: 'text', text, x, y: top - GAP, anchor: 'start', fill: look.foreground, font, turn }];
}

/** The colour scale with the weights at its ends, and what a hatched column is. */
function legendOf({ ends, sinkApart, sinkText }: FigureContent, look: FigureLook, top: number): readonly Shape[] {
  const { foreground, textFont, ramp } = look;
  const parts = 60;
  const width = LEGEND.width / parts;
  const bar = Array.from({ length: parts }, (_, part): Shape => {
    const step = Math.round((part / (parts - 1)) * (STEPS - 1));
    return { kind: 'boxes', fill: ramp[step]!, boxes: [[MARGIN + part * width, top, width, LEGEND.height]] };
  });
  const text = (text: string, x: number, line: number, anchor: TextLine['anchor']): Shape => ({
    kind: 'text',
    text,
    x,
    y: top + LEGEND.height + LINE * (line + 0.5),
    anchor,
    fill: foreground,
    font: textFont,
  });
  return [
    ...bar,
    text(ends[0], MARGIN, 0, 'start'),
    text(ends[1], MARGIN + LEGEND.width, 0, 'end'),
    ...(sinkApart ? [text(sinkText, MARGIN, 1, 'start')] : []),
  ];
}
