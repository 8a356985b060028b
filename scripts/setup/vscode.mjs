import { access, mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { installWithApt } from './chromium.mjs';
import { cache } from './places.mjs';
import { run, say, SetupError } from './shell.mjs';

/**
 * A VS Code that runs in a browser: code-server, with the Node.js that it is built for.
 * @typedef {object} VSCodeServer
 * @property {string} node path of the Node.js
 * @property {string} main path of code-server's entry script
 * @property {string} version version of VS Code
 * @property {readonly string[]} automation options with which it obeys a page address that names extensions and tests
 */

/**
 * The releases in which the tests run. code-server is published as source with the dependencies of its VS Code left
 * out. `native` has to be compiled; all else that is native has ready-made binaries or is not used.
 */
const releases = {
  current: {
    vscode: '1.139.1',
    codeServer: '4.139.1',
    node: '24.21.0',
    native: { vscode: ['@vscode/spdlog', '@vscode/native-watchdog'], codeServer: [] },
    automation: ['--vscode-option', 'enable-smoke-test-driver'],
  },
  /** The oldest VS Code that package.json accepts. */
  minimum: {
    vscode: '1.100.3',
    codeServer: '4.100.3',
    node: '20.19.0',
    native: { vscode: ['@vscode/spdlog', 'native-watchdog'], codeServer: ['argon2'] },
    automation: [],
  },
};

/** @typedef {keyof typeof releases} Release */

/**
 * Installs a code-server under .cache, unless it is there.
 * @param {Release} [name]
 * @returns {Promise<VSCodeServer>}
 */
export async function setUpVSCode(name = 'current') {
  const release = releases[name];
  const folder = path.join(cache, 'vscode', release.codeServer);
  const nodePackage = path.join(folder, 'node_modules', `node-linux-${process.arch}`);
  const server = {
    node: path.join(nodePackage, 'bin', 'node'),
    main: path.join(folder, 'node_modules', 'code-server'),
    version: release.vscode,
    automation: release.automation,
  };
  const stamp = path.join(folder, 'complete');
  if (!(await exists(stamp))) {
    await requireLinuxWithCompiler();
    say(`Installing VS Code ${release.vscode} (code-server) under .cache, one to two minutes, 0.8 GB`);
    await install(release, folder, nodePackage, server.main);
    await run(server.node, [server.main, '--config', path.join(folder, 'config.yaml'), '--version']);
    await writeFile(stamp, '');
  }
  return server;
}

/**
 * @param {typeof releases[Release]} release
 * @param {string} folder
 * @param {string} nodePackage
 * @param {string} codeServer
 */
async function install(release, folder, nodePackage, codeServer) {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'package.json'), '{ "private": true }\n');
  // The headers to compile against come in the same package as that Node.js.
  const env = {
    PATH: `${path.join(nodePackage, 'bin')}${path.delimiter}${process.env['PATH'] ?? ''}`,
    npm_config_nodedir: nodePackage,
    JOBS: 'max',
  };
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error'];
  /** @param {string} cwd @param {readonly string[]} args */
  const npm = (cwd, args) => run('npm', [...args, ...quiet], { cwd, env });

  const packages = [`${path.basename(nodePackage)}@${release.node}`, `code-server@${release.codeServer}`];
  await npm(folder, ['install', '--ignore-scripts', ...packages]);
  say('  its dependencies');
  const vscode = path.join(codeServer, 'lib', 'vscode');
  await npm(vscode, ['install', '--omit=dev', '--ignore-scripts']);
  await npm(path.join(vscode, 'extensions'), ['install', '--omit=dev', '--ignore-scripts']);
  say('  its native modules');
  const rebuild = ['rebuild', '--ignore-scripts=false', '--dangerously-allow-all-scripts'];
  await npm(vscode, [...rebuild, ...release.native.vscode]);
  if (release.native.codeServer.length > 0) await npm(folder, [...rebuild, ...release.native.codeServer]);
}

async function requireLinuxWithCompiler() {
  if (process.platform !== 'linux' || !['x64', 'arm64'].includes(process.arch)) {
    throw new SetupError(
      `VS Code in the browser (code-server) can be set up on Linux x64 and arm64 only, this is ${process.platform} ` +
        `${process.arch}. Install the desktop VS Code and put its «code» command on the PATH for «npm start»; ` +
        '«npm run test:desktop» runs the tests that need VS Code.',
    );
  }
  const tools = ['g++', 'make', 'python3'];
  const missing = [];
  for (const tool of tools) {
    if (!(await onPath(tool))) missing.push(tool);
  }
  if (missing.length > 0) await installWithApt(missing, `${missing.join(', ')} (to compile VS Code’s native modules)`);
}

/**
 * @param {string} command
 * @returns {Promise<string | undefined>} its full path
 */
export async function onPath(command) {
  for (const folder of (process.env['PATH'] ?? '').split(path.delimiter)) {
    const candidate = path.join(folder, command);
    if (folder && (await exists(candidate))) return candidate;
  }
  return undefined;
}

/** @param {string} file */
function exists(file) {
  return access(file).then(
    () => true,
    () => false,
  );
}
