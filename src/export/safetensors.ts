/** Numbers of a tensor in row-major order, as many at a time as its maker likes. */
export type TensorPart = Float32Array | Int32Array | BigInt64Array;

/** A tensor to be written; its data is made when its turn comes, part by part, so that no file need fit in memory. */
export interface TensorToWrite {
  readonly name: string;
  readonly type: 'F32' | 'I32' | 'I64';
  readonly shape: readonly number[];
  readonly parts: () => Iterable<TensorPart> | AsyncIterable<TensorPart>;
}

const bytesPerElement = { F32: 4, I32: 4, I64: 8 } as const;

/**
 * A file in the safetensors format (https://huggingface.co/docs/safetensors), piece by piece: the length of the header
 * as 64 bits, the header as JSON, the tensors one after the other, little-endian.
 */
export async function* safetensorsPieces(
  tensors: readonly TensorToWrite[],
  metadata: Readonly<Record<string, string>>,
): AsyncGenerator<Uint8Array> {
  yield headerOf(tensors, metadata);
  for (const tensor of tensors) {
    for await (const part of tensor.parts()) yield new Uint8Array(part.buffer, part.byteOffset, part.byteLength);
  }
}

function headerOf(tensors: readonly TensorToWrite[], metadata: Readonly<Record<string, string>>): Uint8Array {
  const entries: Record<string, unknown> = { __metadata__: metadata };
  let offset = 0;
  for (const { name, type, shape } of tensors) {
    const length = shape.reduce((product, size) => product * size, bytesPerElement[type]);
    entries[name] = { dtype: type, shape, data_offsets: [offset, offset + length] };
    offset += length;
  }
  const json = new TextEncoder().encode(JSON.stringify(entries));
  // The tensors begin on a multiple of 8, as 64-bit numbers need it; spaces at the end are allowed for that.
  const padded = Math.ceil(json.length / 8) * 8;
  const header = new Uint8Array(8 + padded).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(padded), true);
  header.set(json, 8);
  return header;
}
