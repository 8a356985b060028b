import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { codeServerEnvironment, startCodeServer } from '../../scripts/codeServer.mjs';
import { root } from '../../scripts/setup/places.mjs';
import { runInForeground } from '../../scripts/setup/shell.mjs';
import { setUpVSCode, type VSCodeServer } from '../../scripts/setup/vscode.mjs';
import { AttentionPanel } from '../support/attentionPanel.ts';
import { launchBrowser } from '../support/browser.ts';
import { Editor } from '../support/editor.ts';
import { testSettings } from '../support/globalServer.ts';
import { VSCodeWindow } from '../support/vscodeWindow.ts';

const execute = promisify(execFile);

let folder: string;
let vscode: VSCodeServer;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'explain-attention-vsix-'));
  // In the foreground, so that the size is said.
  expect(await runInForeground(process.execPath, ['scripts/package.mjs'])).toBe(0);
  vscode = await setUpVSCode();
  await install(path.join(root, 'out', `explain-attention-${process.platform}-${process.arch}.vsix`));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('the packed extension holds what it needs and nothing else', async () => {
  const installed = await installedExtension();
  const files = await readdir(installed, { recursive: true, withFileTypes: true });
  const names = files
    .filter((file) => file.isFile())
    .map((file) => path.relative(installed, path.join(file.parentPath, file.name)));
  const expected = [
    /^(package(\.nls)?\.json|readme\.md|changelog\.md|LICENSE\.txt|\.vsixmanifest)$/i,
    /^dist\/((extension|host)\.js|modelProcess\.mjs|cli\.mjs)$/,
    /^dist\/webview\/(\w+\.(js|css)|codicon\.ttf)$/,
    /^dist\/node_modules\/onnxruntime-(node|common)\/(package\.json|dist\/.*\.js(on)?)$/,
    new RegExp(`^dist/node_modules/onnxruntime-node/bin/napi-v6/${process.platform}/${process.arch}/`),
    new RegExp(
      `^dist/node_modules/tokenizers/(package\\.json|index\\.js|tokenizers\\.${process.platform}-${process.arch}.*\\.node)$`,
    ),
    /^media\/.*\.(svg|png)$/,
    /^media\/walkthrough\/\w+\.svg$/,
    /^example\/([\w-]+\.(txt|py|js|ts)|README\.md)$/i,
    /^models\/default\/(.*\.json|README\.md|onnx\/model\.onnx)$/,
  ];
  expect(names.filter((name) => !expected.some((pattern) => pattern.test(name)))).toEqual([]);
  expect(expected.filter((pattern) => !names.some((name) => pattern.test(name)))).toEqual([]);
});

test('activation reads little', async () => {
  const { size } = await stat(path.join(await installedExtension(), 'dist', 'extension.js'));
  expect(size).toBeLessThan(16 * 1024);
});

test('installed from the VSIX, it explains a selection', async () => {
  const workspace = path.join(root, 'example');
  const server = await startCodeServer(vscode, {
    profile: profile(),
    extensions: extensions(),
    settings: testSettings,
  });
  let browser: Browser | undefined;
  try {
    browser = await launchBrowser();
    const window = await VSCodeWindow.open(browser, server, workspace, 'animal.txt');
    await new Editor(window.page).selectAll();
    await window.runCommand('Attention: Explain Attention');
    const panel = new AttentionPanel(window.page);
    await panel.painted();
    expect(await panel.colours()).toBeGreaterThan(10);
    const explained = await panel.part('text').innerText();
    expect(explained).toContain((await readFile(path.join(workspace, 'animal.txt'), 'utf8')).slice(4, 10));
  } finally {
    await browser?.close();
    server.stop();
    await server.ended;
  }
});

const profile = (): string => path.join(folder, 'profile');
const extensions = (): string => path.join(folder, 'extensions');

async function install(vsix: string): Promise<void> {
  const options = ['--user-data-dir', profile(), '--extensions-dir', extensions(), '--install-extension', vsix];
  const config = ['--config', path.join(folder, 'config.yaml')];
  await execute(vscode.node, [vscode.main, ...config, ...options], { env: codeServerEnvironment() });
}

async function installedExtension(): Promise<string> {
  const found = (await readdir(extensions())).find((name) => name.startsWith('explain-attention.'));
  if (found === undefined) throw new Error('The extension is not installed.');
  return path.join(extensions(), found);
}
