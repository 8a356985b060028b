import { spawn } from 'node:child_process';
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import { root } from './setup/places.mjs';
import { poll, SetupError } from './setup/shell.mjs';

/**
 * A running VS Code, to be opened in a browser.
 * @typedef {object} RunningServer
 * @property {number} port on localhost
 * @property {number} processGroup id of the group of all its processes
 * @property {() => void} stop ends all its processes
 * @property {Promise<void>} ended resolves when the server has ended, for whatever reason
 */

/** Settings that keep VS Code from looking things up, asking questions or opening what nobody asked for. */
const quietSettings = {
  'chat.disableAIFeatures': true,
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': 'off',
  'extensions.ignoreRecommendations': true,
  'git.enabled': false,
  'security.workspace.trust.enabled': false,
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.tips.enabled': false,
};

/**
 * Starts VS Code on localhost and waits until it answers. It ends with this process at the latest.
 * @param {import('./setup/vscode.mjs').VSCodeServer} server
 * @param {object} options
 * @param {string} options.profile folder for user data
 * @param {string} options.extensions folder of installed extensions
 * @param {Readonly<Record<string, unknown>>} [options.settings] user settings on top of the quiet ones
 * @param {readonly string[]} [options.options] further options of code-server
 * @param {number} [options.port] preferred port
 * @returns {Promise<RunningServer>}
 */
export async function startCodeServer(server, options) {
  const { profile, extensions, settings = {} } = options;
  await mkdir(path.join(profile, 'User'), { recursive: true });
  await writeFile(path.join(profile, 'config.yaml'), 'auth: none\ncert: false\n');
  await writeFile(path.join(profile, 'User', 'settings.json'), JSON.stringify({ ...quietSettings, ...settings }));
  const port = await freePort(options.port);
  const child = spawn(
    server.node,
    [server.main, ...codeServerOptions(profile, extensions, port), ...(options.options ?? [])],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
      env: codeServerEnvironment(),
    },
  );
  /** @type {string[]} */
  const log = [];
  child.stdout.on('data', (chunk) => log.push(String(chunk)));
  child.stderr.on('data', (chunk) => log.push(String(chunk)));
  const stop = endWithThisProcess(child);
  /** @type {Promise<void>} */
  const ended = new Promise((resolve) => child.once('close', () => resolve()));

  const answered = await poll(async () => {
    if (child.exitCode !== null) throw new SetupError(`VS Code ended at its start:\n${log.join('')}`);
    return fetch(`http://127.0.0.1:${port}/healthz`).then(
      (answer) => answer.ok || undefined,
      () => undefined,
    );
  }, 60_000);
  if (!answered || child.pid === undefined) {
    stop();
    throw new SetupError(`VS Code did not answer within a minute:\n${log.join('')}`);
  }
  return { port, processGroup: child.pid, stop, ended };
}

/**
 * Makes this repository, built, the one installed extension.
 * @param {string} extensions folder of installed extensions
 */
export async function installRepository(extensions) {
  await rm(extensions, { recursive: true, force: true });
  await mkdir(extensions, { recursive: true });
  await symlink(root, path.join(extensions, 'explain-attention'));
}

/** Environment for code-server: no look-ups in an extension gallery, no settings of a VS Code around us. */
export function codeServerEnvironment() {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(VSCODE|ELECTRON)_/.test(name));
  return { ...Object.fromEntries(inherited), EXTENSIONS_GALLERY: '{}' };
}

/**
 * @param {string} profile
 * @param {string} extensions
 * @param {number} port
 */
function codeServerOptions(profile, extensions, port) {
  return [
    ...['--config', path.join(profile, 'config.yaml')],
    ...['--auth', 'none'],
    ...['--bind-addr', `127.0.0.1:${port}`],
    ...['--user-data-dir', profile],
    ...['--extensions-dir', extensions],
    '--disable-telemetry',
    '--disable-update-check',
    '--disable-workspace-trust',
    '--disable-getting-started-override',
    '--ignore-last-opened',
  ];
}

/**
 * @param {import('node:child_process').ChildProcess} child leader of its process group
 * @returns {() => void} ends the group
 */
function endWithThisProcess(child) {
  const signals = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);
  const stop = () => {
    process.off('exit', stop);
    for (const signal of signals) process.off(signal, stopAndExit);
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, 'SIGTERM');
    } catch {
      // It has ended by itself.
    }
  };
  const stopAndExit = () => {
    stop();
    process.exit(130);
  };
  process.on('exit', stop);
  for (const signal of signals) process.on(signal, stopAndExit);
  return stop;
}

/**
 * @param {number} [preferred]
 * @returns {Promise<number>} that port if it is free, else any that is
 */
function freePort(preferred = 0) {
  return new Promise((resolve, reject) => {
    const probe = net.createServer();
    probe.once('error', (error) => (preferred === 0 ? reject(error) : resolve(freePort())));
    probe.listen(preferred, '127.0.0.1', () => {
      const address = probe.address();
      const port = typeof address === 'object' && address ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}
