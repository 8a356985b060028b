import { readFile } from 'node:fs/promises';

export interface StoredTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

interface Header {
  readonly [name: string]: {
    readonly dtype: string;
    readonly shape: readonly number[];
    readonly data_offsets: readonly [number, number];
  };
}

/** The float32 tensors of a safetensors file; others are left out. */
export async function readSafetensors(file: string): Promise<ReadonlyMap<string, StoredTensor>> {
  const bytes = await readFile(file);
  const dataStart = 8 + Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString('utf8', 8, dataStart)) as Header;
  const floats = Object.entries(header).filter(([, { dtype }]) => dtype === 'F32');
  return new Map(
    floats.map(([name, { shape, data_offsets: offsets }]) => {
      const data = Uint8Array.from(bytes.subarray(dataStart + offsets[0], dataStart + offsets[1]));
      return [name, { shape, data: new Float32Array(data.buffer) }];
    }),
  );
}
