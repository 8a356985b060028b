import { lstat, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import * as l10n from '@vscode/l10n';
import { ExplainError } from '../../protocol/failure.ts';
import { isMissing, systemReason } from '../../protocol/systemErrors.ts';

/** A file of a model. */
export interface ModelFile {
  /** Path in the model's folder, with `/`. */
  readonly name: string;
  /** Absolute, as the user sees it. */
  readonly path: string;
  /** The folder that holds all files of the model, links followed. */
  readonly home: string;
  /** Where the file lies in `home`, links followed, with `/`. */
  readonly place: string;
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly modified: number;
}

/**
 * A file of a model, which may be a link within the model's home: a model from anywhere cannot make the process read
 * other files.
 *
 * @returns `undefined` when there is none.
 * @throws ExplainError `modelFile` for a link that leads elsewhere or nowhere, and for what is no file.
 */
export async function modelFile(modelFolder: string, name: string): Promise<ModelFile | undefined> {
  const file = path.join(modelFolder, name);
  try {
    if (!(await lstat(file).catch(missing))) return undefined;
    const home = await homeOf(modelFolder);
    const real = await realpath(file).catch(missing);
    if (real === undefined) throw linkFailure(l10n.t('{0} is a link to a file that is not there.', file));
    const place = path.relative(home, real);
    if (place.split(path.sep)[0] === '..' || path.isAbsolute(place)) {
      throw linkFailure(l10n.t('{0} is a link to {1}, which is outside of {2}.', file, real, home));
    }
    const info = await stat(real);
    if (info.isDirectory()) throw unusable(file, l10n.t('it is a folder and not a file'));
    if (!info.isFile()) throw unusable(file, l10n.t('it is not a plain file'));
    return {
      name,
      path: file,
      home,
      place: place.split(path.sep).join('/'),
      size: info.size,
      modified: info.mtimeMs,
    };
  } catch (error) {
    const reason = systemReason(error);
    throw reason === undefined ? error : unusable(file, reason, error);
  }
}

export function realPathOf({ home, place }: ModelFile): string {
  return path.join(home, place);
}

/** Whether a file is still there, and the same. */
export async function fateOf({
  path: file,
  size,
  modified,
}: Pick<ModelFile, 'path' | 'size' | 'modified'>): Promise<'same' | 'gone' | 'replaced'> {
  const info = await stat(file).catch(() => undefined);
  if (!info) return 'gone';
  return info.size === size && info.mtimeMs === modified ? 'same' : 'replaced';
}

/** Whether another model stands in the place of one; one that is gone was not replaced. */
export async function isReplaced(files: readonly ModelFile[]): Promise<boolean> {
  return (await Promise.all(files.map(fateOf))).includes('replaced');
}

/** For a file of a model that cannot be used as it is. */
export function unusable(file: string, reason: string, cause?: unknown): ExplainError {
  const message = l10n.t('{0} cannot be read: {1}.', file, reason);
  const advice = l10n.t('Download or export the model again, or choose another one.');
  return new ExplainError({ code: 'modelFile', message, advice }, { cause });
}

/**
 * The folder within which a model's files may link to each other: the model's own, or, in the download cache of Hugging
 * Face, its repository's, where each file in snapshots/ is a link to one in blobs/.
 */
async function homeOf(modelFolder: string): Promise<string> {
  const folder = await realpath(modelFolder);
  return repositoryOf(folder)?.folder ?? folder;
}

/** The repository whose snapshot this is in the download cache of Hugging Face: models--owner--name/snapshots/revision. */
export function repositoryOf(folder: string): { readonly folder: string; readonly name: string } | undefined {
  const [, parent, id] = /^(.*[\\/]models--([^\\/]+))[\\/]snapshots[\\/][^\\/]+/.exec(folder) ?? [];
  return parent === undefined || id === undefined ? undefined : { folder: parent, name: id.replaceAll('--', '/') };
}

function linkFailure(message: string): ExplainError {
  const advice = l10n.t('Put the file itself there, or a link to a file in the same folder.');
  return new ExplainError({ code: 'modelFile', message, advice });
}

function missing(error: unknown): undefined {
  if (!isMissing(error)) throw error;
}
