import { columnX, rowY, visibleColumns, visibleRows, type Frame } from './frame.ts';
import type { Explained } from '../text/explained.ts';
import { shortened, spacedStarts, thinned } from './labels.ts';
import { labelText } from '../tokenLabel.ts';
import type { Surface } from '../surface.ts';
import type { Theme } from '../theme.ts';

const ROW_DISTANCE = 14;
const SLANTED_DISTANCE = 17;
const GAP = 6;
const CHIP_HEIGHT = 18;
const CHIP_PADDING = 4;
/** From so many tokens to a label on, labels name lines: a token here and there says little. */
const TOKENS_OF_FAR = 8;
/** No label has room for more UTF-16 units. */
const LONGEST_SHOWN = 40;

/** How a label is drawn: plainly, or on a chip of its own colour. */
export type LabelStyle = 'plain' | 'hovered' | 'pinned';

/** Token labels, shortened to the room that the frame gives them; the numbers of lines where cells are small. */
export class Labels {
  private readonly texts: readonly string[];
  private readonly starts: readonly number[];
  private readonly thinnedBySteps = new Map<number, readonly number[]>();
  private readonly measured = new Map<string, number>();
  private readonly shortenedTexts = new Map<string, string>();
  private font = '';

  constructor(private readonly explained: Explained) {
    this.texts = explained.names.map((name) => labelText(name.slice(0, LONGEST_SHOWN)));
    this.starts = [...explained.lineStarts].sort((a, b) => a - b);
  }

  /** Width of the widest label, at most `most`. */
  width(context: CanvasRenderingContext2D, theme: Theme, most: number): number {
    this.use(context, theme);
    const widest = this.texts.reduce((width, text) => Math.max(width, Math.min(most, this.measure(context, text))), 28);
    return Math.ceil(widest);
  }

  /**
   * Labels of the visible rows and columns that have room.
   *
   * @param firstLine number of the line in which the text begins
   */
  paint(surface: Surface, frame: Frame, theme: Theme, firstLine: number): void {
    const rows = visibleRows(frame);
    const columns = visibleColumns(frame);
    const isFar = ROW_DISTANCE / frame.cell >= TOKENS_OF_FAR && this.starts.length > 1;
    const { lineOf } = this.explained;
    const labelled = (distance: number): readonly number[] =>
      isFar ? spacedStarts(this.starts, frame.cell, distance) : this.thinned(Math.ceil(distance / frame.cell));
    const text = (token: number): string | undefined => (isFar ? String(firstLine + lineOf[token]!) : undefined);
    for (const token of labelled(ROW_DISTANCE)) {
      if (token >= rows.start && token < rows.end) this.row(surface, frame, theme, token, 'plain', text(token));
    }
    for (const token of labelled(frame.slanted ? SLANTED_DISTANCE : ROW_DISTANCE)) {
      if (token >= columns.start && token < columns.end) {
        this.column(surface, frame, theme, token, 'plain', text(token));
      }
    }
  }

  /** Tokens at least `step` apart; looking for them among thousands does not fit into every frame. */
  private thinned(step: number): readonly number[] {
    const { names, lineStarts } = this.explained;
    const known = this.thinnedBySteps.get(step) ?? thinned(names.length, 1, step, lineStarts);
    this.thinnedBySteps.set(step, known);
    return known;
  }

  /** @param text what it says; by default what the token is called */
  row(
    surface: Surface,
    frame: Frame,
    theme: Theme,
    token: number,
    style: LabelStyle,
    text: string = this.texts[token]!,
  ): void {
    const y = rowY(frame, token) + frame.cell / 2;
    if (y < frame.plot.y - 1 || y > frame.plot.y + frame.plot.height + 1) return;
    const { context } = surface;
    context.save();
    context.translate(frame.plot.x - GAP, y);
    this.draw(context, frame, theme, text, style, 'right');
    context.restore();
  }

  /** @param text as in `row` */
  column(
    surface: Surface,
    frame: Frame,
    theme: Theme,
    token: number,
    style: LabelStyle,
    text: string = this.texts[token]!,
  ): void {
    const x = columnX(frame, token) + frame.cell / 2;
    if (x < frame.plot.x - 1 || x > frame.plot.x + frame.plot.width + 1) return;
    const { context } = surface;
    context.save();
    context.translate(x, frame.plot.y - GAP);
    context.rotate(frame.slanted ? -Math.PI / 4 : -Math.PI / 2);
    this.draw(context, frame, theme, text, style, 'left');
    context.restore();
  }

  private draw(
    context: CanvasRenderingContext2D,
    frame: Frame,
    theme: Theme,
    label: string,
    style: LabelStyle,
    align: 'left' | 'right',
  ): void {
    this.use(context, theme);
    const text = this.shorten(context, label, frame.labelWidth);
    const width = this.measure(context, text);
    const left = align === 'right' ? -width : 0;
    if (style !== 'plain') {
      context.fillStyle = style === 'pinned' ? theme.pin : theme.foreground;
      context.beginPath();
      context.roundRect(left - CHIP_PADDING, -CHIP_HEIGHT / 2, width + 2 * CHIP_PADDING, CHIP_HEIGHT, 3);
      context.fill();
    }
    context.fillStyle = style === 'plain' ? theme.foreground : style === 'pinned' ? theme.pinInk : theme.background;
    context.globalAlpha = style === 'plain' && !theme.highContrast ? 0.82 : 1;
    context.textBaseline = 'middle';
    context.textAlign = 'left';
    context.fillText(text, left, 0.5);
  }

  private use(context: CanvasRenderingContext2D, theme: Theme): void {
    context.font = theme.labelFont;
    if (this.font === theme.labelFont) return;
    this.font = theme.labelFont;
    this.measured.clear();
    this.shortenedTexts.clear();
  }

  private measure(context: CanvasRenderingContext2D, text: string): number {
    let width = this.measured.get(text);
    if (width === undefined) this.measured.set(text, (width = context.measureText(text).width));
    return width;
  }

  private shorten(context: CanvasRenderingContext2D, text: string, width: number): string {
    const key = `${width} ${text}`;
    let short = this.shortenedTexts.get(key);
    if (short === undefined) {
      short = shortened(text, width, (part) => context.measureText(part).width);
      this.shortenedTexts.set(key, short);
    }
    return short;
  }
}
