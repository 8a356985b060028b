import path from 'node:path';
import * as l10n from '@vscode/l10n';
import * as z from 'zod/mini';
import { type ConfigSizes, configSizes } from './configSizes.ts';
import { modelFile, repositoryOf, unusable } from './modelFile.ts';
import { readModelJson } from './modelJson.ts';
import { encoderDecoderFailure, noModelFailure } from './modelFiles.ts';

/** What config.json and its neighbours say of a model. Where its graph says something else, the graph is right. */
export interface ModelConfig extends Omit<ConfigSizes, 'positions'> {
  readonly name: string;
  readonly architecture: string;
  readonly contextLength: number;
  /** Whether the model continues text: then no token may see a later one. */
  readonly causal: boolean;
}

const configSchema = z.looseObject({
  model_type: z.nullish(z.string().check(z.maxLength(100))),
  architectures: z.nullish(z.array(z.string())),
  is_encoder_decoder: z.nullish(z.boolean()),
});

const tokenizerConfigSchema = z.looseObject({ model_max_length: z.nullish(z.number()) });

/**
 * Reads the sizes of the model in a folder of the Hugging Face layout.
 *
 * @throws ExplainError `modelFolder` when a file is missing, `modelFile` when one cannot be read or understood,
 * `unsupportedForm` for an encoder with a decoder.
 */
export async function readModelConfig(folder: string): Promise<ModelConfig> {
  const config = await readConfig(folder);
  const tokenizerConfig = await readModelJson(folder, 'tokenizer_config.json');
  if (!(await modelFile(folder, 'tokenizer.json'))) throw await noModelFailure(folder, 'tokenizer.json');
  const longestInput = tokenizerConfigSchema.safeParse(tokenizerConfig).data?.model_max_length;
  const { positions, ...sizes } = configSizes(config);
  return {
    ...sizes,
    name: repositoryOf(folder)?.name ?? path.basename(folder),
    architecture: config.model_type ?? l10n.t('unknown architecture'),
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

async function readConfig(folder: string): Promise<z.infer<typeof configSchema>> {
  const config = await readModelJson(folder, 'config.json');
  if (config === undefined) throw await noModelFailure(folder, 'config.json');
  const result = configSchema.safeParse(config);
  if (!result.success) {
    const [issue] = result.error.issues;
    throw unusable(
      path.join(folder, 'config.json'),
      l10n.t('“{0}” is missing, or not what it is in a model', issue?.path.join('.') ?? ''),
      result.error,
    );
  }
  if (result.data.is_encoder_decoder === true) throw encoderDecoderFailure(folder);
  return result.data;
}
