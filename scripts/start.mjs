// npm start: opens a VS Code with this extension and the example folder; installs and builds first what is missing.
import path from 'node:path';
import { installRepository, startCodeServer } from './codeServer.mjs';
import { setUpPackages } from './setup/packages.mjs';
import { cache, root } from './setup/places.mjs';
import { run, runInForeground, runScript, say } from './setup/shell.mjs';
import { onPath, setUpVSCode } from './setup/vscode.mjs';

const example = path.join(root, 'example');

await runScript(async () => {
  await setUpPackages();
  say('Building the extension');
  await run(process.execPath, ['scripts/build.mjs'], { cwd: root });
  const code = await desktopVSCode();
  return code ? openOnDesktop(code) : serve();
});

/** The path of a desktop VS Code that could show a window here, or undefined. */
async function desktopVSCode() {
  const display = process.platform !== 'linux' || (process.env['DISPLAY'] ?? process.env['WAYLAND_DISPLAY']);
  // In the terminal of a remote VS Code, `code` talks to that window and starts no extension under development.
  const remote = process.env['VSCODE_IPC_HOOK_CLI'];
  return display && !remote ? onPath(process.platform === 'win32' ? 'code.cmd' : 'code') : undefined;
}

/** @param {string} code */
function openOnDesktop(code) {
  say(`Opening ${code} with the extension and the example folder; ends when you close its window`);
  return runInForeground(code, ['--new-window', '--wait', `--extensionDevelopmentPath=${root}`, example]);
}

async function serve() {
  const server = await setUpVSCode();
  const profile = path.join(cache, 'start');
  const extensions = path.join(profile, 'extensions');
  await installRepository(extensions);
  const settings = { 'workbench.startupEditor': 'readme' };
  const running = await startCodeServer(server, { profile, extensions, settings, port: 8137 });
  say(`VS Code ${server.version} runs with the extension: open this address in a browser. Ctrl+C ends it.`);
  process.stdout.write(`\n  http://localhost:${running.port}/?folder=${encodeURIComponent(example)}\n\n`);
  await running.ended;
  return 1;
}
