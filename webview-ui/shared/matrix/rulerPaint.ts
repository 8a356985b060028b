import type { TokenRange } from '../../../src/protocol/run.ts';
import type { Surface } from '../surface.ts';
import type { Theme } from '../theme.ts';
import { columnX, rowY, type Frame } from './frame.ts';

const WIDTH = 3;
/** Shorter blocks are no landmarks. */
const SHORTEST = 6;

/** The outermost blocks of the text as bars along the edges of the plot: where its functions and sections lie. */
export function paintRuler({ context }: Surface, frame: Frame, theme: Theme, blocks: readonly TokenRange[]): void {
  const { plot, cell } = frame;
  const [right, bottom] = [plot.x + plot.width, plot.y + plot.height];
  context.save();
  context.fillStyle = theme.foreground;
  context.globalAlpha = theme.highContrast ? 1 : 0.4;
  for (const { start, end } of blocks) {
    if ((end - start) * cell < SHORTEST) continue;
    const [top, left] = [Math.max(plot.y, rowY(frame, start)), Math.max(plot.x, columnX(frame, start))];
    const height = Math.min(bottom, rowY(frame, end) - 1) - top;
    const width = Math.min(right, columnX(frame, end) - 1) - left;
    if (height > 0) context.fillRect(plot.x - WIDTH - 1, top, WIDTH, height);
    if (width > 0) context.fillRect(left, plot.y - WIDTH - 1, width, WIDTH);
  }
  context.restore();
}
