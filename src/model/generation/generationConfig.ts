import { readFile } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod/mini';

/** What a model folder says about generating, beside its sizes. */
export interface GenerationConfig {
  /** Tokens that end a text. */
  readonly endTokens: ReadonlySet<number>;
  /** Token to start from where there is no text. */
  readonly startToken: number | undefined;
  /** Positions that the model's own sliding window spans, if it has one in any layer. */
  readonly ownWindow: number | undefined;
  readonly alibi: boolean;
  readonly headSize: number | undefined;
}

const id = z.int().check(z.nonnegative());
const count = z.int().check(z.positive());

const tokensSchema = z.looseObject({
  bos_token_id: z.nullish(id),
  eos_token_id: z.nullish(z.union([id, z.array(id)])),
});

const configSchema = z.looseObject({
  ...tokensSchema.shape,
  model_type: z.nullish(z.string()),
  head_dim: z.nullish(count),
  sliding_window: z.nullish(count),
  use_sliding_window: z.nullish(z.boolean()),
  layer_types: z.nullish(z.array(z.string())),
  window_size: z.nullish(count),
  attention_layers: z.nullish(z.array(z.string())),
  alibi: z.nullish(z.boolean()),
});

/** Reads config.json and generation_config.json; what is missing there, or not as expected, is taken as not said. */
export async function readGenerationConfig(modelFolder: string): Promise<GenerationConfig> {
  const config = configSchema.safeParse(await readJson(modelFolder, 'config.json')).data ?? {};
  const generation = tokensSchema.safeParse(await readJson(modelFolder, 'generation_config.json')).data ?? {};
  const end = generation.eos_token_id ?? config.eos_token_id ?? [];
  return {
    endTokens: new Set(Array.isArray(end) ? end : [end]),
    startToken: generation.bos_token_id ?? config.bos_token_id ?? undefined,
    ownWindow: ownWindow(config),
    alibi: config.alibi === true || config.model_type === 'bloom' || config.model_type === 'mpt',
    headSize: config.head_dim ?? undefined,
  };
}

function ownWindow(config: z.infer<typeof configSchema> | Record<string, never>): number | undefined {
  // GPT-Neo's name for it.
  if (config.attention_layers?.includes('local')) return config.window_size ?? undefined;
  const isUsed = config.use_sliding_window ?? config.layer_types?.includes('sliding_attention') ?? true;
  return isUsed ? (config.sliding_window ?? undefined) : undefined;
}

async function readJson(folder: string, name: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path.join(folder, name), 'utf8'));
  } catch {
    return {};
  }
}
