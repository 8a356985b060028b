import { Float16Array } from '@petamoriken/float16';
import { exactBuffer } from './packed.ts';
import type { Precision, Slice, SliceRequest } from './run.ts';

export interface ViewSliceRequest extends SliceRequest {
  /**
   * Of the numbers that are sent: half of what becomes one of 256 colours and nothing else. To a window on another
   * machine half the bytes take half the time.
   */
  readonly precision: Precision;
}

/** A slice as a view has it. */
export interface ViewSlice extends Slice {
  readonly precision: Precision;
}

/** A region of a matrix with its numbers as bytes: webviews carry ArrayBuffers efficiently. */
export interface SliceMessage {
  readonly rows: number;
  readonly columns: number;
  readonly data: ArrayBuffer;
}

export function packSlice({ rows, columns, data }: Slice, precision: Precision): SliceMessage {
  return { rows, columns, data: precision === 'half' ? halves(data) : exactBuffer(data) };
}

/** @throws RangeError when there are not as many numbers as cells. */
export function unpackSlice({ rows, columns, data }: SliceMessage, precision: Precision): ViewSlice {
  const size = precision === 'half' ? Uint16Array.BYTES_PER_ELEMENT : Float32Array.BYTES_PER_ELEMENT;
  if (data.byteLength !== rows * columns * size) {
    throw new RangeError(`A slice of ${rows} × ${columns} numbers came with ${data.byteLength} bytes.`);
  }
  return { rows, columns, precision, data: precision === 'half' ? fromHalves(data) : new Float32Array(data) };
}

function halves(numbers: Float32Array): ArrayBuffer {
  return new Float16Array(numbers).buffer;
}

function fromHalves(data: ArrayBuffer): Float32Array {
  const bits = new Uint16Array(data);
  const numbers = new Float32Array(bits.length);
  valueOfBits ??= Float32Array.from(new Float16Array(Uint16Array.from({ length: 2 ** 16 }, (_, half) => half).buffer));
  for (let place = 0; place < bits.length; place++) numbers[place] = valueOfBits[bits[place]!]!;
  return numbers;
}

/** Of every half: to look it up is a hundred times faster than to work it out. */
let valueOfBits: Float32Array | undefined;
