import { access } from 'node:fs/promises';
import { run, say, SetupError } from './shell.mjs';

const candidates = [
  process.env['CHROMIUM'],
  '/usr/bin/chromium',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** The path of a Chromium or Chrome, or undefined. */
async function findChromium() {
  for (const candidate of candidates) {
    if (!candidate) continue;
    const found = await access(candidate).then(
      () => true,
      () => false,
    );
    if (found) return candidate;
  }
  return undefined;
}

/**
 * The browser in which the tests drive VS Code; installed through apt where that is possible.
 * @returns {Promise<string>} its path
 */
export async function setUpChromium() {
  const found = await findChromium();
  if (found) return found;
  await installWithApt(['chromium', 'fonts-dejavu-core'], 'Chromium (browser for the tests), about 125 MB');
  const installed = await findChromium();
  if (installed) return installed;
  throw new SetupError('apt installed no usable Chromium. Install one and set CHROMIUM to its path.');
}

/**
 * @param {readonly string[]} packages
 * @param {string} what
 */
export async function installWithApt(packages, what) {
  const commandLine = `apt-get install --no-install-recommends ${packages.join(' ')}`;
  if (process.platform !== 'linux' || process.getuid?.() !== 0) {
    throw new SetupError(
      `Missing: ${what}. Install it as root («sudo ${commandLine}»), then run the same command again.`,
    );
  }
  say(`Installing ${what}, through apt`);
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  await run('apt-get', ['update', '-qq'], { env });
  await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], { env });
}
