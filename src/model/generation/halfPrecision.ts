import type { Tensor } from 'onnxruntime-node';
import { fromHalves, type Half } from '../../protocol/half.ts';

/** Numbers as float32; float32 numbers are returned as they are. */
export function asFloat32(numbers: Float32Array | Half): Float32Array {
  return numbers instanceof Float32Array ? numbers : fromHalves(numbers);
}

/** The numbers of a float tensor. Newer runtimes have an array type for halves; here they are always bits. */
export function numbersOf(tensor: Tensor): Float32Array | Half {
  const data = tensor.data as Float32Array;
  return tensor.type === 'float16' ? new Uint16Array(data.buffer, data.byteOffset, data.length) : data;
}
