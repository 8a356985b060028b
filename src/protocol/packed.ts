/** A value with its Float32Arrays as ArrayBuffers: webviews carry these efficiently, typed arrays not. */
export type Packed<T> = T extends Float32Array
  ? ArrayBuffer
  : T extends readonly (infer Item)[]
    ? readonly Packed<Item>[]
    : T extends object
      ? { readonly [Key in keyof T]: Packed<T[Key]> }
      : T;

/** Each array gets a buffer of its own bytes alone: it may be a view of a larger one. */
export function packed<T>(value: T): Packed<T> {
  return mapped(value, (leaf) => (leaf instanceof Float32Array ? exactBuffer(leaf) : undefined)) as Packed<T>;
}

export function unpacked<T>(value: Packed<T>): T {
  return mapped(value, (leaf) => (leaf instanceof ArrayBuffer ? new Float32Array(leaf) : undefined)) as T;
}

function mapped(value: unknown, replaced: (leaf: object) => unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const replacement = replaced(value);
  if (replacement !== undefined) return replacement;
  if (Array.isArray(value)) return value.map((item) => mapped(item, replaced));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapped(item, replaced)]));
}

/** The bytes of these numbers alone: the array may be a view of a larger buffer. */
export function exactBuffer({ buffer, byteOffset, byteLength }: Float32Array): ArrayBuffer {
  return buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;
}
