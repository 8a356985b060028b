import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod/mini';
import { ExplainError } from '../protocol/failure.ts';

/** What config.json and its neighbours say of a model; every architecture names these things in its own way. */
export interface ModelConfig {
  readonly name: string;
  readonly architecture: string;
  readonly layers: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly contextLength: number;
  /** Whether the model continues text: then no token may see a later one. */
  readonly causal: boolean;
}

const count = z.int().check(z.positive(), z.maximum(2 ** 31 - 1));
const optionalCount = z.nullish(count);

const sizesSchema = z.looseObject({
  num_hidden_layers: optionalCount,
  n_layers: optionalCount,
  n_layer: optionalCount,
  num_attention_heads: optionalCount,
  n_heads: optionalCount,
  n_head: optionalCount,
  num_key_value_heads: optionalCount,
  max_position_embeddings: optionalCount,
  n_positions: optionalCount,
  n_ctx: optionalCount,
  pad_token_id: z.nullish(z.int()),
});

const configSchema = z.looseObject({
  model_type: z.string().check(z.maxLength(100)),
  architectures: z.nullish(z.array(z.string())),
  is_encoder_decoder: z.nullish(z.boolean()),
  text_config: z.nullish(sizesSchema),
  ...sizesSchema.shape,
});

const tokenizerConfigSchema = z.looseObject({ model_max_length: z.nullish(z.number()) });

type Sizes = z.infer<typeof sizesSchema>;

/** Largest config.json that is read: real ones with long label lists stay far below. */
const largestConfig = 16 * 1024 * 1024;

/** Architectures whose positions are counted from the padding id + 1, which takes these places from the context. */
const positionsAfterPadding = new Set(['roberta', 'xlm-roberta', 'camembert', 'xlm-roberta-xl']);

/**
 * Reads the sizes of the model in a folder of the Hugging Face layout.
 *
 * @throws ExplainError `modelFolder` when a file is missing or cannot be understood.
 */
export async function readModelConfig(folder: string): Promise<ModelConfig> {
  const config = parse(configSchema, await readJson(folder, 'config.json'), 'config.json');
  const tokenizerConfig = await readJson(folder, 'tokenizer_config.json').catch(() => ({}));
  const longestInput = tokenizerConfigSchema.safeParse(tokenizerConfig).data?.model_max_length;
  const sizes: Sizes = config.text_config ?? config;
  const heads = sizes.num_attention_heads ?? sizes.n_heads ?? sizes.n_head;
  const layers = sizes.num_hidden_layers ?? sizes.n_layers ?? sizes.n_layer;
  if (!heads || !layers) {
    throw folderFailure(
      `config.json of «${path.basename(folder)}» does not say how many layers and heads the model has.`,
    );
  }
  return {
    name: path.basename(folder),
    architecture: config.model_type,
    layers,
    heads,
    keyValueHeads: sizes.num_key_value_heads ?? heads,
    contextLength: contextLength(config.model_type, sizes, longestInput),
    causal: (config.architectures ?? []).some((name) => /(ForCausalLM|LMHeadModel)$/.test(name)),
  };
}

function contextLength(architecture: string, sizes: Sizes, longestInput: number | null | undefined): number {
  const positions = sizes.max_position_embeddings ?? sizes.n_positions ?? sizes.n_ctx;
  const taken = positionsAfterPadding.has(architecture) ? (sizes.pad_token_id ?? 0) + 1 : 0;
  const limits = [positions ? positions - taken : undefined, longestInput].filter((limit) => limit && limit >= 1);
  return Math.floor(Math.min(...(limits as number[]), unboundedContext));
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
