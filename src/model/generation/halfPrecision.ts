import type { Tensor } from 'onnxruntime-node';

/** Numbers in half precision (IEEE 754 binary16), as their bits. */
export type Half = Uint16Array;

/** Numbers as float32, which holds every half exactly; float32 numbers are returned as they are. */
export function asFloat32(numbers: Float32Array | Half): Float32Array {
  return numbers instanceof Float32Array ? numbers : Float32Array.from(numbers, fromHalf);
}

function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** The numbers of a float tensor. Newer runtimes have an array type for halves; here they are always bits. */
export function numbersOf(tensor: Tensor): Float32Array | Half {
  const data = tensor.data as Float32Array;
  return tensor.type === 'float16' ? new Uint16Array(data.buffer, data.byteOffset, data.length) : data;
}
