import * as z from 'zod/mini';
import { readModelJson } from './modelJson.ts';

/** What a model folder says of the tokens at which a text begins and ends. */
export interface GenerationConfig {
  /** Tokens that end a text. */
  readonly endTokens: ReadonlySet<number>;
  /** Token to start from where there is no text. */
  readonly startToken: number | undefined;
}

const id = z.int().check(z.nonnegative());

const tokensSchema = z.looseObject({
  bos_token_id: z.nullish(id),
  eos_token_id: z.nullish(z.union([id, z.array(id)])),
});

/** Reads config.json and generation_config.json; what is missing there, or not as expected, is taken as not said. */
export async function readGenerationConfig(modelFolder: string): Promise<GenerationConfig> {
  const config = tokensSchema.safeParse(await readModelJson(modelFolder, 'config.json')).data ?? {};
  const generation = tokensSchema.safeParse(await readModelJson(modelFolder, 'generation_config.json')).data ?? {};
  const end = generation.eos_token_id ?? config.eos_token_id ?? [];
  return {
    endTokens: new Set(Array.isArray(end) ? end : [end]),
    startToken: generation.bos_token_id ?? config.bos_token_id ?? undefined,
  };
}
