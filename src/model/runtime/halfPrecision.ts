import type { Tensor } from 'onnxruntime-node';
import { fromHalves, type Half } from '../../protocol/half.ts';

/** Numbers as float32; float32 numbers are returned as they are. */
export function asFloat32(numbers: Float32Array | Half): Float32Array {
  return numbers instanceof Float32Array ? numbers : fromHalves(numbers);
}

/** The numbers of a float tensor. */
export function numbersOf(tensor: Tensor): Float32Array | Half {
  return tensor.data as Float32Array | Half;
}
