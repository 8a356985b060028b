import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, inject, test } from 'vitest';
import { AttentionPanel } from './attentionPanel.ts';
import { launchBrowser } from './browser.ts';
import { Editor } from './editor.ts';
import { VSCodeWindow } from './vscodeWindow.ts';

/** A VS Code window on a workspace of its own, and the parts of it that tests act on. */
export interface Scene {
  readonly window: VSCodeWindow;
  readonly editor: Editor;
  readonly panel: AttentionPanel;
  /** Absolute path of the workspace folder. */
  readonly workspace: string;
}

/** The files of a workspace by name; the first one is opened. */
export type Files = Readonly<Record<string, string | Uint8Array>>;

let browser: Browser;

/** Registers an end-to-end test: opens a new window on the files, and keeps a picture of it when the test fails. */
export function scenario(title: string, files: Files, body: (scene: Scene) => Promise<void>): void {
  test(title, async () => {
    const workspace = await createWorkspace(files);
    const [first] = Object.keys(files);
    const window = await VSCodeWindow.open(browser, inject('server'), workspace, first);
    try {
      await body({ window, editor: new Editor(window.page), panel: new AttentionPanel(window.page), workspace });
    } catch (error) {
      await window.screenshot(path.join('failures', title.replaceAll(/\W+/g, '-')));
      throw error;
    } finally {
      await window.close();
      await rm(workspace, { recursive: true, force: true });
    }
  });
}

/** Starts the browser of a test file's scenarios. */
export function useBrowser(): void {
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser.close();
  });
}

async function createWorkspace(files: Files): Promise<string> {
  const workspace = await mkdtemp(path.join(tmpdir(), 'explain-attention-workspace-'));
  await mkdir(path.join(workspace, '.vscode'));
  for (const [name, content] of Object.entries(files)) await writeFile(path.join(workspace, name), content);
  return workspace;
}
