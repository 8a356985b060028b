/** Element types of ONNX tensors (TensorProto.DataType) that the tap tells apart. */
export const elementType = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  bfloat16: 16,
  uint4: 21,
  int4: 22,
} as const;

/** All element types of a fixed size, by the bits that one element takes. */
const typesBySize: readonly (readonly [bits: number, types: readonly number[]])[] = [
  [4, [21, 22, 23]],
  [8, [2, 3, 9, 17, 18, 19, 20]],
  [16, [4, 5, 10, 16]],
  [32, [1, 6, 12]],
  [64, [7, 11, 13, 14]],
  [128, [15]],
];

/** Bytes that a tensor takes; `undefined` for types without a fixed size. */
export function tensorBytes(type: number, dims: readonly number[]): number | undefined {
  const bits = typesBySize.find(([, types]) => types.includes(type))?.[0];
  return bits && Math.ceil((elementCount(dims) * bits) / 8);
}

export function elementCount(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1);
}
