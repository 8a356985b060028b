import path from 'node:path';

/** The repository. */
export const root = path.resolve(import.meta.dirname, '..', '..');

/** What set-up downloads; git ignores it. */
export const cache = path.join(root, '.cache');

/** What builds and tests leave behind; git ignores it. */
export const out = path.join(root, 'out');
