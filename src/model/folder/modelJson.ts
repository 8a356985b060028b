import { readFile } from 'node:fs/promises';
import * as l10n from '@vscode/l10n';
import { systemReason } from '../../protocol/systemErrors.ts';
import { decodeText } from '../../protocol/textFile.ts';
import { modelFile, realPathOf, unusable } from './modelFile.ts';

/** The largest files are vocabularies; those in use take up to 35 MB. */
const largestFile = 256 * 2 ** 20;

/**
 * The object in a JSON file of a model's folder.
 *
 * @returns `undefined` when there is no such file.
 * @throws ExplainError `modelFile` that says what is wrong with the file.
 */
export async function readModelJson(modelFolder: string, name: string): Promise<object | undefined> {
  const file = await modelFile(modelFolder, name);
  if (file === undefined) return undefined;
  if (file.size > largestFile) throw unusable(file.path, l10n.t('it is larger than {0} MiB', largestFile / 2 ** 20));
  const bytes = await readFile(realPathOf(file)).catch((error: unknown) => {
    throw unusable(file.path, systemReason(error) ?? l10n.t('the system refuses it'), error);
  });
  const text = decodeText(bytes);
  if (text === undefined) throw unusable(file.path, l10n.t('it is not a text file'));
  if (text.trim() === '') throw unusable(file.path, l10n.t('it is empty'));
  if (isLfsPointer(text)) throw unusable(file.path, lfsReason());
  const value = parsed(text);
  if (value === undefined) throw unusable(file.path, l10n.t('it is not valid JSON, or only a part of it'));
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw unusable(file.path, l10n.t('it does not hold a JSON object'));
  }
  return value;
}

/** What stands for a large file in a clone that was made without Git LFS. */
export function isLfsPointer(text: string): boolean {
  return text.startsWith('version https://git-lfs.github.com/spec/');
}

export function lfsReason(): string {
  return l10n.t('it is only a pointer of Git LFS, and “git lfs pull” in its folder gets the file itself');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
