import { lstat, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import * as l10n from '@vscode/l10n';
import { ExplainError } from '../../protocol/failure.ts';

/** A file that the tapped model needs beside its own. */
export interface SourceFile {
  /** Path in the tapped folder, with `/`. */
  readonly name: string;
  readonly path: string;
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly modified: number;
}

/** Which file of a folder is used where there are several: the most precise first. */
const graphFiles = [
  'model',
  'model_fp16',
  'model_quantized',
  'model_int8',
  'model_uint8',
  'model_q4',
  'model_q4f16',
  'model_bnb4',
];

/** What transformers.js may read of a model apart from config.json, which the tapped folder has of its own. */
const companions = [
  'generation_config.json',
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'chat_template.jinja',
];

/** Largest config.json that is read: real ones with long label lists stay far below. */
const largestConfig = 16 * 1024 * 1024;

/**
 * The ONNX file of a model folder: onnx/model.onnx, else the most precise other one.
 *
 * @throws ExplainError `modelFolder` when there is none, `unsupportedForm` for an encoder with a decoder.
 */
export async function findGraphFile(modelFolder: string): Promise<SourceFile> {
  for (const name of graphFiles) {
    const file = await sourceFile(modelFolder, `onnx/${name}.onnx`);
    if (file) return file;
  }
  if (await sourceFile(modelFolder, 'onnx/encoder_model.onnx')) throw encoderDecoderFailure(modelFolder);
  throw new ExplainError({
    code: 'modelFolder',
    message: l10n.t('The model folder «{0}» holds no onnx/model.onnx.', modelFolder),
    advice: l10n.t('Choose a folder that holds config.json, tokenizer.json and onnx/model.onnx.'),
  });
}

export async function findCompanions(modelFolder: string): Promise<readonly SourceFile[]> {
  const files = await Promise.all(companions.map((name) => sourceFile(modelFolder, name)));
  return files.filter((file) => file !== undefined);
}

/**
 * The files in which a model keeps tensors outside its own. Only plain files below the model's folder are taken, so that
 * a model from anywhere cannot make the process read others.
 *
 * @throws ExplainError `modelFile`
 */
export async function findExternalData(
  graphFile: SourceFile,
  locations: Iterable<string>,
): Promise<readonly SourceFile[]> {
  const files: SourceFile[] = [];
  for (const location of locations) {
    const parts = location.split('/');
    const plain = parts.every((part) => /^[^\\:\0]+$/.test(part) && part !== '.' && part !== '..');
    if (!plain) throw externalDataFailure(graphFile, l10n.t('«{0}» leads out of its folder', location));
    for (let depth = 1; depth <= parts.length; depth += 1) {
      const step = path.join(path.dirname(graphFile.path), ...parts.slice(0, depth));
      const info = await lstat(step).catch(() => undefined);
      if (!info) throw externalDataFailure(graphFile, l10n.t('«{0}» is missing', location));
      if (depth < parts.length ? info.isDirectory() : info.isFile()) continue;
      throw externalDataFailure(graphFile, l10n.t('«{0}» is not a plain file', location));
    }
    const file = await sourceFile(path.dirname(graphFile.path), location);
    if (file) files.push({ ...file, name: `onnx/${location}` });
  }
  return files;
}

/**
 * config.json for the tapped folder: as the model's, without the settings by which transformers.js would choose and
 * load the model's own ONNX files.
 *
 * @throws ExplainError `modelFolder`, or `unsupportedForm` for an encoder with a decoder.
 */
export async function readTappedConfig(modelFolder: string): Promise<object> {
  const config = await readConfig(modelFolder);
  if ('is_encoder_decoder' in config && config.is_encoder_decoder === true) throw encoderDecoderFailure(modelFolder);
  return { ...config, 'transformers.js_config': {} };
}

async function readConfig(modelFolder: string): Promise<object> {
  const file = path.join(modelFolder, 'config.json');
  try {
    const { size } = await stat(file);
    if (size > largestConfig) throw new Error(l10n.t('it has {0} bytes', size));
    const config: unknown = JSON.parse(await readFile(file, 'utf8'));
    if (typeof config !== 'object' || config === null || Array.isArray(config)) {
      throw new Error(l10n.t('it is not an object'));
    }
    return config;
  } catch (error) {
    throw new ExplainError(
      {
        code: 'modelFolder',
        message: l10n.t('config.json of the model folder «{0}» cannot be read: {1}.', modelFolder, reason(error)),
        advice: l10n.t('Choose a folder that holds config.json, tokenizer.json and onnx/model.onnx.'),
      },
      { cause: error },
    );
  }
}

async function sourceFile(folder: string, name: string): Promise<SourceFile | undefined> {
  const file = path.join(folder, name);
  const info = await stat(file).catch(() => undefined);
  return info?.isFile() ? { name, path: file, size: info.size, modified: info.mtimeMs } : undefined;
}

function encoderDecoderFailure(modelFolder: string): ExplainError {
  return new ExplainError({
    code: 'unsupportedForm',
    message: l10n.t('«{0}» is an encoder with a decoder, which cannot be explained yet.', path.basename(modelFolder)),
    advice: l10n.t('Choose a model that only continues text or only encodes it; support is planned.'),
  });
}

function externalDataFailure(graphFile: SourceFile, reason: string): ExplainError {
  return new ExplainError({
    code: 'modelFile',
    message: l10n.t('{0} keeps data in another file, and {1}.', path.basename(graphFile.path), reason),
    advice: l10n.t('Put the model and all its data files into one folder, as files and not as links.'),
  });
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
