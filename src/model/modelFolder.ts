import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod/mini';
import { ExplainError } from '../protocol/failure.ts';
import { type ConfigSizes, configSizes } from './configSizes.ts';

/** What config.json and its neighbours say of a model. Where its graph says something else, the graph is right. */
export interface ModelConfig extends Omit<ConfigSizes, 'positions'> {
  readonly name: string;
  readonly architecture: string;
  readonly contextLength: number;
  /** Whether the model continues text: then no token may see a later one. */
  readonly causal: boolean;
}

const configSchema = z.looseObject({
  model_type: z.string().check(z.maxLength(100)),
  architectures: z.nullish(z.array(z.string())),
  is_encoder_decoder: z.nullish(z.boolean()),
});

const tokenizerConfigSchema = z.looseObject({ model_max_length: z.nullish(z.number()) });

/** Largest config.json that is read: real ones with long label lists stay far below. */
const largestConfig = 16 * 1024 * 1024;

/**
 * Reads the sizes of the model in a folder of the Hugging Face layout.
 *
 * @throws ExplainError `modelFolder` when a file is missing or cannot be understood.
 */
export async function readModelConfig(folder: string): Promise<ModelConfig> {
  const config = parse(configSchema, await readJson(folder, 'config.json'), 'config.json');
  const tokenizerConfig = await readJson(folder, 'tokenizer_config.json').catch(() => ({}));
  const longestInput = tokenizerConfigSchema.safeParse(tokenizerConfig).data?.model_max_length;
  const { positions, ...sizes } = configSizes(config);
  return {
    ...sizes,
    name: path.basename(folder),
    architecture: config.model_type,
    contextLength: shortest(positions, longestInput),
    causal: (config.architectures ?? []).some((name) => /(ForCausalLM|LMHeadModel)$/.test(name)),
  };
}

function shortest(...limits: readonly (number | null | undefined)[]): number {
  const stated = limits.filter((limit) => typeof limit === 'number' && limit >= 1) as number[];
  return Math.floor(Math.min(...stated, unboundedContext));
}

/** For models that state no limit, as those with relative positions; memory is the limit then. */
const unboundedContext = 2 ** 20;

async function readJson(folder: string, name: string): Promise<unknown> {
  const file = path.join(folder, name);
  try {
    const { size } = await stat(file);
    if (size > largestConfig) throw new Error(`it has ${size} bytes`);
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw folderFailure(`${name} of the model «${path.basename(folder)}» cannot be read: ${reason(error)}.`, error);
  }
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error && error.code === 'ENOENT' ? 'there is no such file' : error.message;
}

function parse<T>(schema: z.ZodMiniType<T>, value: unknown, name: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw folderFailure(`${name} is not the configuration of a model: ${z.prettifyError(result.error)}`);
}

function folderFailure(message: string, cause?: unknown): ExplainError {
  const advice =
    'Choose a folder that holds config.json, tokenizer.json and onnx/model.onnx, or clear the setting to use the bundled model.';
  return new ExplainError({ code: 'modelFolder', message, advice }, { cause });
}
