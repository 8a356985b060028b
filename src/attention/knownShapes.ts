import type { CacheShape } from '../protocol/generation.ts';

/** What of a model decides how large its KV cache grows. */
export type GrowthShape = Pick<CacheShape, 'layers' | 'keyValueHeads' | 'headSize'>;

/** A well-known model's cache, as its published configuration says. */
export interface KnownShape extends GrowthShape {
  readonly name: string;
  readonly queryHeads: number;
  /** The configuration that the numbers were taken from. */
  readonly source: string;
}

export const knownShapes: readonly KnownShape[] = [
  known('GPT-2 small', 'openai-community/gpt2', { layers: 12, queryHeads: 12, keyValueHeads: 12, headSize: 64 }),
  known('GPT-2 XL', 'openai-community/gpt2-xl', { layers: 48, queryHeads: 25, keyValueHeads: 25, headSize: 64 }),
  known('Llama 2 7B', 'meta-llama/Llama-2-7b-hf', { layers: 32, queryHeads: 32, keyValueHeads: 32, headSize: 128 }),
  known('Llama 3 8B', 'meta-llama/Meta-Llama-3-8B', { layers: 32, queryHeads: 32, keyValueHeads: 8, headSize: 128 }),
  known('Mistral 7B', 'mistralai/Mistral-7B-v0.1', { layers: 32, queryHeads: 32, keyValueHeads: 8, headSize: 128 }),
  known('Qwen2.5 7B', 'Qwen/Qwen2.5-7B', { layers: 28, queryHeads: 28, keyValueHeads: 4, headSize: 128 }),
];

/** Lengths at which growth is shown, in positions. */
export const growthLengths: readonly number[] = [4096, 32_768, 131_072];

/** Bytes of a full cache: layers × 2 (keys and values) × key/value heads × head size × bytes of an element × positions. */
export function fullCacheBytes(shape: GrowthShape, bytesPerElement: number, positions: number): number {
  return shape.layers * 2 * shape.keyValueHeads * shape.headSize * bytesPerElement * positions;
}

function known(name: string, repository: string, shape: Omit<KnownShape, 'name' | 'source'>): KnownShape {
  return { name, ...shape, source: `https://huggingface.co/${repository}/blob/main/config.json` };
}
