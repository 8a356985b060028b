import path from 'node:path';
import * as l10n from '@vscode/l10n';
import * as z from 'zod/mini';
import { ExplainError } from '../../protocol/failure.ts';
import { readModelJson } from '../folder/modelJson.ts';
import { noModelFailure } from '../folder/modelFiles.ts';

/**
 * The parts of tokenizer.json that are read here. Whatever else it holds is the library's to judge, the hundred thousand
 * entries of a vocabulary too.
 */
const tokenizerSchema = z.looseObject({
  added_tokens: z.optional(z.array(z.looseObject({ content: z.string(), special: z.boolean() }))),
  model: z.looseObject({
    vocab: z.custom<Record<string, unknown> | unknown[]>(isObject),
    merges: z.optional(z.custom<unknown[]>(Array.isArray)),
    unk_token: z.nullish(z.string()),
    unk_id: z.nullish(z.int()),
  }),
});

const namedToken = z.nullish(z.union([z.string(), z.looseObject({ content: z.string() })]));

const configSchema = z.looseObject({
  tokenizer_class: z.nullish(z.string()),
  bos_token: namedToken,
  eos_token: namedToken,
  add_bos_token: z.nullish(z.boolean()),
  add_eos_token: z.nullish(z.boolean()),
});

export type TokenizerJson = z.infer<typeof tokenizerSchema>;
export type TokenizerConfig = z.infer<typeof configSchema>;

/** Both files of a tokenizer. */
export interface TokenizerFiles {
  readonly folder: string;
  readonly tokenizer: TokenizerJson;
  /** Empty where a repository has no tokenizer_config.json, as older ones do. */
  readonly config: TokenizerConfig;
}

/** @throws ExplainError `modelFile` when tokenizer.json is missing, or one of the files cannot be understood. */
export async function readTokenizerFiles(folder: string): Promise<TokenizerFiles> {
  const [tokenizer, config] = await Promise.all([
    readModelJson(folder, 'tokenizer.json'),
    readModelJson(folder, 'tokenizer_config.json'),
  ]);
  if (tokenizer === undefined) {
    throw await noModelFailure(folder, 'tokenizer.json');
  }
  return tokenizerFiles(folder, tokenizer, config ?? {});
}

/** @throws ExplainError `modelFile` for content that is no tokenizer's. */
export function tokenizerFiles(folder: string, tokenizer: unknown, config: unknown): TokenizerFiles {
  return {
    folder,
    tokenizer: parsed(tokenizerSchema, tokenizer, path.join(folder, 'tokenizer.json')),
    config: parsed(configSchema, config, path.join(folder, 'tokenizer_config.json')),
  };
}

/** A failure that lies in the tokenizer's files. */
export function tokenizerFailure(message: string, cause?: unknown): ExplainError {
  const advice = l10n.t('Download the file again, or choose another model.');
  return new ExplainError({ code: 'modelFile', message, advice }, { cause });
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

function parsed<T>(schema: z.ZodMiniType<T>, value: unknown, file: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const place = result.error.issues[0]?.path.slice(0, 3).join('.');
  throw tokenizerFailure(
    place
      ? l10n.t('{0} does not describe a tokenizer: “{1}” is missing or of the wrong type.', file, place)
      : l10n.t('{0} does not describe a tokenizer.', file),
    result.error,
  );
}
