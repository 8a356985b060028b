/** Element types of ONNX tensors (TensorProto.DataType) that the tap tells apart. */
export const elementType = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int64: 7,
  float16: 10,
  bfloat16: 16,
  uint4: 21,
  int4: 22,
} as const;

/** Bits per element; text (8) has no fixed size. */
const bits: Readonly<Record<number, number>> = {
  1: 32,
  2: 8,
  3: 8,
  4: 16,
  5: 16,
  6: 32,
  7: 64,
  9: 8,
  10: 16,
  11: 64,
  12: 32,
  13: 64,
  14: 64,
  15: 128,
  16: 16,
  17: 8,
  18: 8,
  19: 8,
  20: 8,
  21: 4,
  22: 4,
  23: 4,
};

/** Bytes that a tensor takes; `undefined` for types without a fixed size. */
export function tensorBytes(type: number, dims: readonly number[]): number | undefined {
  const size = bits[type];
  return size === undefined ? undefined : Math.ceil((dims.reduce((product, dim) => product * dim, 1) * size) / 8);
}
