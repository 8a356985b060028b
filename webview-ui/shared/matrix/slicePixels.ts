import type { Slice } from '../../../src/protocol/run.ts';
import { type Ramp, type Scale, shareOf, stepOf } from '../ramp.ts';

/** How numbers become colours. */
export interface SliceColours {
  readonly ramp: Ramp;
  readonly scale: Scale;
  readonly peak: number;
}

/** The cells of a slice, a pixel each; those of a row from `widthOf` on, which no query can use, stay empty. */
export function slicePixels(
  { rows, columns, data }: Slice,
  widthOf: (row: number) => number,
  { ramp, scale, peak }: SliceColours,
): ImageData {
  const pixels = new ImageData(columns, rows);
  const packed = new Uint32Array(pixels.data.buffer);
  for (let row = 0; row < rows; row++) {
    const width = widthOf(row);
    for (let column = 0; column < width; column++) {
      const cell = row * columns + column;
      packed[cell] = ramp.pixels[stepOf(shareOf(data[cell]!, scale, peak))]!;
    }
  }
  return pixels;
}
