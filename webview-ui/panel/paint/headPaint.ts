import type { Overview } from '../../../src/protocol/run.ts';
import type { HeadGrid, HeadId } from '../../../src/protocol/model.ts';
import { headAt } from '../../shared/headSelection.ts';
import { isShare, type Measure } from '../../shared/measure.ts';
import { shareOf, stepOf, type Ramp, type Scale } from '../../shared/ramp.ts';
import type { Rectangle } from '../../shared/matrix/frame.ts';
import { snap, type Surface } from '../../shared/surface.ts';

/** Where the pictures go: the first one, and the distances to the next head and the next layer. */
export interface PictureGrid {
  readonly first: Rectangle;
  readonly stepX: number;
  readonly stepY: number;
}

export interface HeadColouring {
  readonly ramp: Ramp;
  readonly scale: Scale;
  readonly measure: Measure;
  readonly causal: boolean;
  readonly sinkApart: boolean;
  /** Whether a cell of the picture is one token. */
  readonly whole: boolean;
}

/** Paints one small matrix per head in the order in which they are arranged, each on its own scale from 0 to its largest weight. */
export function paintHeads(
  surface: Surface,
  grid: HeadGrid,
  order: readonly HeadId[],
  place: PictureGrid,
  overview: Overview,
  colouring: HeadColouring,
): void {
  const { context, pixelRatio } = surface;
  const { side } = overview;
  const atlas = paintAtlas(grid, overview, colouring);
  context.imageSmoothingEnabled = false;
  order.forEach(({ layer, head }, index) => {
    const at = headAt(index, grid.heads);
    const x = snap(place.first.x + at.head * place.stepX, pixelRatio);
    const y = snap(place.first.y + at.layer * place.stepY, pixelRatio);
    const { width, height } = place.first;
    context.drawImage(atlas, head * side, layer * side, side, side, x, y, width, height);
  });
}

function paintAtlas(grid: HeadGrid, { side, data }: Overview, colouring: HeadColouring): OffscreenCanvas {
  const atlas = new OffscreenCanvas(grid.heads * side, grid.layers * side);
  const context = atlas.getContext('2d')!;
  const pixels = context.createImageData(atlas.width, atlas.height);
  const packed = new Uint32Array(pixels.data.buffer);
  for (let layer = 0; layer < grid.layers; layer++) {
    for (let head = 0; head < grid.heads; head++) {
      const start = (layer * grid.heads + head) * side * side;
      const picture = data.subarray(start, start + side * side);
      const peak = peakOf(picture, side, colouring);
      const from = colouring.sinkApart && colouring.whole && side > 1 ? 1 : 0;
      for (let row = 0; row < side; row++) {
        const offset = (layer * side + row) * atlas.width + head * side;
        const last = colouring.causal ? row : side - 1;
        for (let column = 0; column <= last; column++) {
          const weight = column < from ? 0 : picture[row * side + column]!;
          packed[offset + column] = colouring.ramp.pixels[stepOf(shareOf(weight, colouring.scale, peak))]!;
        }
      }
    }
  }
  context.putImageData(pixels, 0, 0);
  return atlas;
}

/** As in the matrix: the set-apart column, or else the first row, does not set the scale. */
function peakOf(picture: Float32Array, side: number, { scale, measure, sinkApart }: HeadColouring): number {
  if ((scale === 'log' && isShare(measure)) || side === 1) return 1;
  let peak = 0;
  for (let row = sinkApart ? 0 : 1; row < side; row++) {
    for (let column = sinkApart ? 1 : 0; column < side; column++) peak = Math.max(peak, picture[row * side + column]!);
  }
  return peak || 1;
}
