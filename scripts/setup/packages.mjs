import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { root } from './places.mjs';
import { run, say } from './shell.mjs';

const stamp = path.join(root, 'node_modules', '.explain-attention-lock');

/** Installs the npm packages of package-lock.json, unless just these are installed. */
export async function setUpPackages() {
  const wanted = await readFile(path.join(root, 'package-lock.json'), 'utf8');
  if ((await readFile(stamp, 'utf8').catch(() => '')) === wanted) return;
  say('Installing npm packages, under a minute');
  await run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: root });
  await writeFile(stamp, wanted);
}
