import { cellCount, cellRange } from '../../../src/protocol/cells.ts';
import type { Slice } from '../../../src/protocol/run.ts';
import type { Measure } from '../measure.ts';
import { type SliceColours, slicePixels } from './slicePixels.ts';
import { tileKey, type TileAddress } from './tiles.ts';

/** How weights become colours. */
export interface Colouring extends SliceColours {
  readonly causal: boolean;
  /** What cells that print their number hold. */
  readonly measure: Measure;
}

/** More than a large screen of many pixels shows at once. */
const CAPACITY = 384;

/** Coloured tiles, one pixel per cell, kept as long as their numbers and colours are the same. */
export class TileImages {
  private images = new Map<string, { readonly slice: Slice; readonly image: OffscreenCanvas }>();
  private colouring: Colouring | undefined;

  get(address: TileAddress, slice: Slice, colouring: Colouring): OffscreenCanvas {
    if (!this.colouring || !sameColouring(this.colouring, colouring)) this.images.clear();
    this.colouring = colouring;
    const key = tileKey(address);
    const known = this.images.get(key);
    if (known?.slice === slice) return known.image;
    const image = paintTile(address, slice, colouring);
    this.images.delete(key);
    this.images.set(key, { slice, image });
    for (const oldest of this.images.keys()) {
      if (this.images.size <= CAPACITY) break;
      this.images.delete(oldest);
    }
    return image;
  }
}

function paintTile(address: TileAddress, slice: Slice, colouring: Colouring): OffscreenCanvas {
  const image = new OffscreenCanvas(slice.columns, slice.rows);
  const widthOf = (row: number): number => (colouring.causal ? columnsUpTo(address, row) : slice.columns);
  image.getContext('2d')!.putImageData(slicePixels(slice, widthOf, colouring), 0, 0);
  return image;
}

/** Cells of a row of blocks that hold a key at or before its last query: a causal model leaves the rest empty. */
function columnsUpTo({ level, rows, columns }: TileAddress, row: number): number {
  const keys = cellRange(rows, 2 ** level, row).end - columns.start;
  return Math.max(0, Math.min(cellCount(columns, 2 ** level), Math.ceil(keys / 2 ** level)));
}

function sameColouring(a: Colouring, b: Colouring): boolean {
  return a.ramp === b.ramp && a.scale === b.scale && a.peak === b.peak && a.causal === b.causal;
}
