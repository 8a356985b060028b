import * as l10n from '@vscode/l10n';
import type { Surface } from '../surface.ts';
import { snap } from '../surface.ts';
import type { Theme } from '../theme.ts';
import { columnX, type Frame, type Rectangle, rowY } from './frame.ts';

/** Beside the words, in pixels. */
const MARGIN = 4;

/** Where the length ends that the model was trained for. */
export function paintContextEnd(surface: Surface, frame: Frame, theme: Theme, contextLength: number): void {
  if (frame.tokens > contextLength)
    paintBorder(surface, frame, theme, contextLength, l10n.t('trained up to here'), true);
}

/** Where what precedes the selection ends. */
export function paintSelectionStart(surface: Surface, frame: Frame, theme: Theme, precedingTokens: number): void {
  if (precedingTokens > 0) paintBorder(surface, frame, theme, precedingTokens, l10n.t('before the selection'), false);
}

/**
 * A dashed line across the rows and one across the columns, with words where there is room for them.
 *
 * @param overCells whether the words may stand left of the upright line, where cells are
 */
function paintBorder(
  { context, pixelRatio }: Surface,
  frame: Frame,
  theme: Theme,
  token: number,
  words: string,
  overCells: boolean,
): void {
  const { plot } = frame;
  const [x, y] = [columnX(frame, token), rowY(frame, token)].map((edge) => snap(edge, pixelRatio));
  context.save();
  context.beginPath();
  context.rect(plot.x, plot.y, plot.width, plot.height);
  context.clip();
  context.strokeStyle = theme.foreground;
  context.setLineDash([6, 4]);
  context.beginPath();
  context.moveTo(plot.x, y!);
  context.lineTo(plot.x + plot.width, y!);
  context.moveTo(x!, plot.y);
  context.lineTo(x!, plot.y + plot.height);
  context.stroke();
  context.font = theme.labelFont;
  context.fillStyle = theme.foreground;
  context.textAlign = 'right';
  context.textBaseline = 'bottom';
  const end = wordsEnd(plot, x!, context.measureText(words).width);
  if (end !== undefined && (overCells || end > x!)) context.fillText(words, end, y! - 3);
  context.restore();
}

/**
 * Where words end that stand at the right edge of the plot, or left of an upright line that would cross them there.
 *
 * @returns `undefined` where they have no room
 */
export function wordsEnd(plot: Pick<Rectangle, 'x' | 'width'>, line: number, width: number): number | undefined {
  const right = plot.x + plot.width - MARGIN;
  const isCrossed = line > right - width - MARGIN && line < right + MARGIN;
  const end = isCrossed ? line - MARGIN : right;
  return end - width >= plot.x + MARGIN ? end : undefined;
}
