import { readFile } from 'node:fs/promises';

export interface StoredTensor<Data = Float32Array | Int32Array | BigInt64Array> {
  readonly type: string;
  readonly shape: readonly number[];
  readonly data: Data;
}

export interface SafetensorsFile {
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
}

interface Entry {
  readonly dtype: keyof typeof arrays;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

const arrays = { F32: Float32Array, I32: Int32Array, I64: BigInt64Array };

export async function readSafetensorsFile(file: string): Promise<SafetensorsFile> {
  const bytes = await readFile(file);
  const dataStart = 8 + Number(bytes.readBigUInt64LE(0));
  const { __metadata__: metadata = {}, ...entries } = JSON.parse(bytes.toString('utf8', 8, dataStart)) as {
    readonly __metadata__?: Readonly<Record<string, string>>;
  };
  const tensors = Object.entries(entries as Readonly<Record<string, Entry>>).map(
    ([name, { dtype, shape, data_offsets: offsets }]) => {
      const data = Uint8Array.from(bytes.subarray(dataStart + offsets[0], dataStart + offsets[1]));
      return [name, { type: dtype, shape, data: new arrays[dtype](data.buffer) }] as const;
    },
  );
  return { metadata, tensors: new Map(tensors) };
}

/** The float32 tensors of a safetensors file; others are left out. */
export async function readSafetensors(file: string): Promise<ReadonlyMap<string, StoredTensor<Float32Array>>> {
  const { tensors } = await readSafetensorsFile(file);
  const floats = [...tensors].filter((entry): entry is [string, StoredTensor<Float32Array>] => entry[1].type === 'F32');
  return new Map(floats);
}
