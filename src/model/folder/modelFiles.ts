import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import * as l10n from '@vscode/l10n';
import { ExplainError } from '../../protocol/failure.ts';
import { isMissing, systemReason } from '../../protocol/systemErrors.ts';
import { type ModelFile, modelFile, repositoryOf } from './modelFile.ts';

/** Which file of a folder is used where there are several: the most precise one first, whatever its name. */
const precisions = ['', '_fp16', '_quantized', '_int8', '_uint8', '_q4', '_q4f16', '_bnb4'];
/** Then by name: those that run a text of any length come before those of which a part does. */
const graphNames = ['model', 'decoder_model', 'decoder_model_merged', 'decoder_with_past_model'];
/** And at last by place in the model's folder. */
const graphFolders = ['onnx/', ''];

/** Files that hold weights and no graph that could be read. */
const otherWeights = /\.(?:safetensors|gguf|bin|pt|pth|h5|msgpack|tflite)$/;
const mostNamed = 5;

/**
 * The ONNX file of a model folder: the first by precision, name and place, else the only one there is.
 *
 * @throws ExplainError `modelFolder` when there is none, `unsupportedForm` for an encoder with a decoder, `modelFile`
 * where it cannot be read.
 */
export async function findGraphFile(modelFolder: string): Promise<ModelFile> {
  const found = await graphsIn(modelFolder);
  if (found.some((name) => /(?:^|\/)encoder_model/.test(name)) && !found.some((name) => /(?:^|\/)model/.test(name))) {
    throw encoderDecoderFailure(modelFolder);
  }
  const usual = precisions.flatMap((precision) =>
    graphNames.flatMap((name) => graphFolders.map((folder) => `${folder}${name}${precision}.onnx`)),
  );
  const chosen = usual.find((name) => found.includes(name)) ?? (found.length === 1 ? found[0] : undefined);
  const file = chosen === undefined ? undefined : await modelFile(modelFolder, chosen);
  if (file) return file;
  throw await noGraphFailure(modelFolder, found);
}

async function graphsIn(modelFolder: string): Promise<readonly string[]> {
  const names = await Promise.all(
    graphFolders.map(async (folder) => (await namesIn(path.join(modelFolder, folder))).map((name) => folder + name)),
  );
  return names.flat().filter((name) => name.endsWith('.onnx'));
}

/** @returns nothing where there is no such folder. */
async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    if (isMissing(error)) return [];
    const message = l10n.t('The folder {0} cannot be read: {1}.', folder, systemReason(error) ?? String(error));
    throw new ExplainError({ code: 'modelFolder', message, advice: chooseAdvice() }, { cause: error });
  }
}

/**
 * The files in which a model keeps tensors outside its own, by the names that it has for them. Only files below its
 * graph's folder are taken.
 *
 * @throws ExplainError `modelFile`
 */
export async function findExternalData(
  modelFolder: string,
  graphFile: ModelFile,
  locations: Iterable<string>,
): Promise<ReadonlyMap<string, ModelFile>> {
  const files = new Map<string, ModelFile>();
  for (const location of locations) {
    const isPlain = location.split('/').every((part) => /^[^\\:\0]+$/.test(part) && part !== '..');
    if (!isPlain) {
      throw externalDataFailure(l10n.t('{0} keeps data in “{1}”, outside of its folder.', graphFile.path, location));
    }
    const name = path.posix.join(path.posix.dirname(graphFile.name), location);
    const file = await modelFile(modelFolder, name);
    if (!file) {
      const missing = path.join(modelFolder, name);
      throw externalDataFailure(l10n.t('{0} keeps data in {1}, which is missing.', graphFile.path, missing));
    }
    files.set(location, file);
  }
  return files;
}

/** Says what is wrong with a folder that holds no config.json or no graph, as far as it shows. */
export async function noModelFailure(modelFolder: string, missing: string): Promise<ExplainError> {
  const info = await stat(modelFolder).catch(() => undefined);
  const fail = (message: string, advice = chooseAdvice()): ExplainError =>
    new ExplainError({ code: 'modelFolder', message, advice });
  if (!info) return fail(l10n.t('There is no folder {0}.', modelFolder));
  if (!info.isDirectory()) {
    return fail(l10n.t('{0} is a file.', modelFolder), l10n.t('Choose the folder of the model.'));
  }
  const parent = path.dirname(modelFolder);
  if (path.basename(modelFolder) === 'onnx' && (await namesIn(parent)).includes('config.json')) {
    return fail(l10n.t('{0} is only a part of a model.', modelFolder), l10n.t('Choose {0}.', parent));
  }
  const [snapshot] = await namesIn(path.join(modelFolder, 'snapshots'));
  if (snapshot !== undefined && repositoryOf(path.join(modelFolder, 'snapshots', snapshot))) {
    const folder = path.join(modelFolder, 'snapshots', snapshot);
    return fail(l10n.t('{0} holds the snapshots of a model.', modelFolder), l10n.t('Choose one of them: {0}.', folder));
  }
  return fail(l10n.t('The folder {0} holds no {1}.', modelFolder, missing));
}

async function noGraphFailure(modelFolder: string, found: readonly string[]): Promise<ExplainError> {
  const names = await namesIn(modelFolder);
  if (!names.includes('config.json')) return noModelFailure(modelFolder, 'config.json');
  const fail = (message: string, advice: string): ExplainError =>
    new ExplainError({ code: 'modelFolder', message, advice });
  const usual = l10n.t('onnx/model.onnx, or another usual name ({0})', graphNames.slice(1).join(', '));
  if (found.length > 0) {
    const more = found.length > mostNamed ? ', …' : '';
    return fail(
      l10n.t('The folder {0} holds {1}, but not {2}.', modelFolder, found.slice(0, mostNamed).join(', ') + more, usual),
      l10n.t('Rename the one that is meant to model.onnx, or delete the others.'),
    );
  }
  const weights = names.find((name) => otherWeights.test(name));
  if (weights !== undefined) {
    return fail(
      l10n.t('The folder {0} holds {1}, but no ONNX file.', modelFolder, weights),
      l10n.t('Export the model to ONNX, for example with “optimum-cli export onnx”, or download such an export.'),
    );
  }
  return fail(l10n.t('The folder {0} holds no ONNX file: looked for was {1}.', modelFolder, usual), chooseAdvice());
}

function chooseAdvice(): string {
  return l10n.t('Choose a folder that holds config.json, tokenizer.json and onnx/model.onnx.');
}

export function encoderDecoderFailure(modelFolder: string): ExplainError {
  return new ExplainError({
    code: 'unsupportedForm',
    message: l10n.t('{0} holds an encoder with a decoder, which cannot be explained yet.', modelFolder),
    advice: l10n.t('Choose a model that only continues text or only encodes it; support is planned.'),
  });
}

function externalDataFailure(message: string): ExplainError {
  const advice = l10n.t('Put the model and all its data files into one folder.');
  return new ExplainError({ code: 'modelFile', message, advice });
}
