import { fromHalves, toHalves } from './half.ts';
import { exactBuffer } from './packed.ts';
import type { FloatPrecision, Slice, SliceRequest } from './run.ts';

export interface ViewSliceRequest extends SliceRequest {
  /**
   * Of the numbers that are sent: half of what becomes one of 256 colours and nothing else. To a window on another
   * machine half the bytes take half the time.
   */
  readonly precision: FloatPrecision;
}

/** A slice as a view has it. */
export interface ViewSlice extends Slice {
  readonly precision: FloatPrecision;
}

/** A region of a matrix with its numbers as bytes: webviews carry ArrayBuffers efficiently. */
export interface SliceMessage {
  readonly rows: number;
  readonly columns: number;
  readonly data: ArrayBuffer;
}

export function packSlice({ rows, columns, data }: Slice, precision: FloatPrecision): SliceMessage {
  return { rows, columns, data: precision === 'half' ? toHalves(data).buffer : exactBuffer(data) };
}

/** @throws RangeError when there are not as many numbers as cells. */
export function unpackSlice({ rows, columns, data }: SliceMessage, precision: FloatPrecision): ViewSlice {
  const size = precision === 'half' ? Uint16Array.BYTES_PER_ELEMENT : Float32Array.BYTES_PER_ELEMENT;
  if (data.byteLength !== rows * columns * size) {
    throw new RangeError(`A slice of ${rows} × ${columns} numbers came with ${data.byteLength} bytes.`);
  }
  return {
    rows,
    columns,
    precision,
    data: precision === 'half' ? fromHalves(new Uint16Array(data)) : new Float32Array(data),
  };
}
