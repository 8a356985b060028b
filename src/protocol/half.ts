import { Float16Array } from '@petamoriken/float16';

/** Numbers in half precision (IEEE 754 binary16), as their bits. */
export type Half = Uint16Array;

/** Each number rounded to the nearest half; beyond 65,504 there is none but infinity. */
export function toHalves(numbers: Float32Array): Uint16Array<ArrayBuffer> {
  return new Uint16Array(new Float16Array(numbers).buffer);
}

/** float32 holds every half exactly. */
export function fromHalves(bits: Half): Float32Array {
  valueOfBits ??= Float32Array.from(new Float16Array(Uint16Array.from({ length: 2 ** 16 }, (_, half) => half).buffer));
  const numbers = new Float32Array(bits.length);
  for (let place = 0; place < bits.length; place++) numbers[place] = valueOfBits[bits[place]!]!;
  return numbers;
}

/** Of every half: to look it up is a hundred times faster than to work it out. */
let valueOfBits: Float32Array | undefined;
