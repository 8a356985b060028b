import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { installRepository, startCodeServer } from '../../scripts/codeServer.mjs';
import { setUpVSCode } from '../../scripts/setup/vscode.mjs';
import type { Server } from './vscodeWindow.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    readonly server: Server;
  }
}

/** One VS Code with the built extension for all end-to-end tests; each test opens a window of its own in it. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(path.join(tmpdir(), 'explain-attention-e2e-'));
  const extensions = path.join(folder, 'extensions');
  await installRepository(extensions);
  const server = await startCodeServer(await setUpVSCode(), {
    profile: path.join(folder, 'profile'),
    extensions,
    settings: testSettings,
    options: shortReconnection,
  });
  project.provide('server', { port: server.port, processGroup: server.processGroup });
  return async () => {
    server.stop();
    await server.ended;
    await rm(folder, { recursive: true, force: true });
  };
}

/** What tests need to be the same on every machine. */
export const testSettings = {
  'editor.hover.delay': 100,
  'editor.minimap.enabled': false,
  'editor.wordWrap': 'on',
  'window.autoDetectColorScheme': false,
  'workbench.colorTheme': 'Dark Modern',
  'workbench.reduceMotion': 'on',
  'workbench.startupEditor': 'none',
};

/** An extension host outlives its window by this many seconds, not by three hours. */
const shortReconnection = ['--reconnection-grace-time', '5'];
