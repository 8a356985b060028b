import * as l10n from '@vscode/l10n';

/** What the codes of Node.js and of VS Code's file system mean, as the end of a sentence about a file or folder. */
const reasons: Readonly<Record<string, () => string>> = {
  ENOENT: () => l10n.t('there is no such file or folder'),
  ENOTDIR: () => l10n.t('a part of its path is a file and not a folder'),
  EISDIR: () => l10n.t('it is a folder and not a file'),
  EACCES: () => l10n.t('you have no permission for it'),
  EROFS: () => l10n.t('its file system is read-only'),
  ENOSPC: () => l10n.t('the disk is full'),
  EDQUOT: () => l10n.t('your disk quota is used up'),
  EFBIG: () => l10n.t('it would be larger than the system allows'),
  EEXIST: () => l10n.t('there is already a file of this name'),
  ENAMETOOLONG: () => l10n.t('its name is too long'),
  ELOOP: () => l10n.t('its links lead in a circle'),
  EMFILE: () => l10n.t('too many files are open'),
  EBUSY: () => l10n.t('another program is using it'),
  EIO: () => l10n.t('its disk reports an error'),
  ENODEV: () => l10n.t('its drive is not there'),
  ERR_INVALID_ARG_VALUE: () => l10n.t('its path holds a character that no path may hold'),
  ERR_FS_FILE_TOO_LARGE: () => l10n.t('it is too large'),
  Unavailable: () => l10n.t('its file system is not available'),
};

/** Other names for the same. */
const synonyms: Readonly<Record<string, string>> = {
  EPERM: 'EACCES',
  ENFILE: 'EMFILE',
  ETXTBSY: 'EBUSY',
  ENXIO: 'ENODEV',
  ESTALE: 'ENODEV',
  ENOTCONN: 'ENODEV',
  ENOPRO: 'Unavailable',
  FileNotFound: 'ENOENT',
  FileExists: 'EEXIST',
  FileNotADirectory: 'ENOTDIR',
  FileIsADirectory: 'EISDIR',
  NoPermissions: 'EACCES',
};

/** Why the system refuses a file or folder; `undefined` for an error of another kind. */
export function systemReason(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  const code = String(error.code);
  // VS Code keeps some codes in the message only.
  const named = [code, /\b(E[A-Z]{3,})\b/.exec(error.message)?.[1] ?? ''].map((name) => synonyms[name] ?? name);
  const known = named.find((name) => Object.hasOwn(reasons, name));
  if (known !== undefined) return reasons[known]?.();
  return /^E[A-Z]{3,}$/.test(code) ? l10n.t('the system refuses it ({0})', code) : undefined;
}

export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}
