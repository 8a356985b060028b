import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { root } from './places.mjs';
import { run, say } from './shell.mjs';

/**
 * The parts of package-lock.json, and of npm's own note of what it installed, that are read here.
 * @typedef {{ packages: Record<string, { version?: string, optional?: true, devOptional?: true }> }} LockFile
 */

/** Installs the npm packages of package-lock.json, unless just these are installed. */
export async function setUpPackages() {
  const wanted = await readLock('package-lock.json');
  const installed = await readLock('node_modules/.package-lock.json').catch(() => undefined);
  if (installed && isComplete(wanted, installed)) return;
  say('Installing npm packages, under a minute');
  await run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: root });
}

/**
 * @param {LockFile} wanted
 * @param {LockFile} installed
 */
function isComplete(wanted, installed) {
  return Object.entries(wanted.packages).every(
    // Optional packages are those of other platforms; the nameless one is the project itself.
    ([place, { version, optional, devOptional }]) =>
      place === '' || optional === true || devOptional === true || installed.packages[place]?.version === version,
  );
}

/**
 * @param {string} file
 * @returns {Promise<LockFile>}
 */
async function readLock(file) {
  return /** @type {LockFile} */ (JSON.parse(await readFile(path.join(root, file), 'utf8')));
}
