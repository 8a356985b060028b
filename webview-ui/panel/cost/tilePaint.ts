import type { TokenRange } from '../../../src/protocol/run.ts';
import type { Surface } from '../../shared/surface.ts';
import type { Theme } from '../../shared/theme.ts';
import { barEdges, type Axis } from '../steps/axis.ts';

/** The tile that is being read as a frame around its columns. */
export function paintTile({ context, height, pixelRatio }: Surface, axis: Axis, theme: Theme, tile: TokenRange): void {
  const { left } = barEdges(axis, tile.start, pixelRatio);
  const { right } = barEdges(axis, tile.end - 1, pixelRatio);
  context.fillStyle = theme.foreground;
  context.globalAlpha = theme.highContrast ? 0.3 : 0.12;
  context.fillRect(left, 0, right - left, height);
  context.globalAlpha = 1;
}
