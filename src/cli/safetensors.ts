import { writeWhole } from './wholeFile.ts';

/** A tensor to be written; its data is made when its turn comes, part by part, so that no file need fit in memory. */
export interface TensorToWrite {
  readonly name: string;
  readonly type: 'F32' | 'I32' | 'I64';
  readonly shape: readonly number[];
  readonly parts: () => Iterable<Float32Array | Int32Array | BigInt64Array>;
}

const bytesPerElement = { F32: 4, I32: 4, I64: 8 } as const;

/**
 * Writes a file in the safetensors format (https://huggingface.co/docs/safetensors): the length of the header as
 * 64 bits, the header as JSON, the tensors one after the other, little-endian. The file appears whole or not at all.
 */
export async function writeSafetensors(
  file: string,
  tensors: readonly TensorToWrite[],
  metadata: Readonly<Record<string, string>>,
): Promise<void> {
  await writeWhole(file, bytesOf(tensors, metadata));
}

function* bytesOf(
  tensors: readonly TensorToWrite[],
  metadata: Readonly<Record<string, string>>,
): Generator<Uint8Array> {
  yield headerOf(tensors, metadata);
  for (const tensor of tensors) {
    for (const part of tensor.parts()) yield new Uint8Array(part.buffer, part.byteOffset, part.byteLength);
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
  const json = Buffer.from(JSON.stringify(entries));
  // The tensors begin on a multiple of 8, as 64-bit numbers need it; spaces at the end are allowed for that.
  const padded = Math.ceil(json.length / 8) * 8;
  const header = Buffer.alloc(8 + padded, ' ');
  header.writeBigUInt64LE(BigInt(padded));
  json.copy(header, 8);
  return header;
}
