import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Browser, Locator, Page } from 'playwright-core';
import { out } from '../../scripts/setup/places.mjs';
import { poll } from '../../scripts/setup/shell.mjs';
import { remote, windowAddress } from './address.ts';
import { chooseFromMenu } from './menu.ts';

/** A text editor with its text, or what stands for it where a file can't be shown as text. */
const openedEditor = '.editor-instance .view-line, .editor-instance .monaco-editor-pane-placeholder';

/** The server that a window belongs to. */
export interface Server {
  readonly port: number;
  /** Id of the group of all its processes. */
  readonly processGroup: number;
}

/** One VS Code window in a browser context of its own, so that no view state comes from another test. */
export class VSCodeWindow {
  private constructor(
    readonly page: Page,
    private readonly server: Server,
    private readonly workspace: string,
  ) {}

  /** @param file name of a file in the workspace to open */
  static async open(
    browser: Browser,
    server: Server,
    workspace: string,
    file: string | undefined,
    viewport = { width: 1400, height: 900 },
  ): Promise<VSCodeWindow> {
    const context = await browser.newContext({ viewport });
    context.setDefaultTimeout(20_000);
    const page = await context.newPage();
    const openFile = file === undefined ? {} : { openFile: remote(server.port, path.join(workspace, file)) };
    await page.goto(windowAddress(server.port, workspace, openFile));
    const window = new VSCodeWindow(page, server, workspace);
    await window.ready(file);
    return window;
  }

  /** Closes the window as a user would, so that VS Code ends its extension host. */
  async close(): Promise<void> {
    await this.page.goto('about:blank').catch(() => undefined);
    await this.page.context().close();
  }

  /** Loads the window again, without the file to open in its address: with one, VS Code restores no editors. */
  async reload(): Promise<void> {
    await this.page.goto(windowAddress(this.server.port, this.workspace));
    await this.ready(undefined);
  }

  /** Waits until VS Code has stored a state of its editors that holds this; in a browser it stores every few seconds. */
  async stored(part: RegExp): Promise<void> {
    const found = await poll(async () => part.test(await this.page.evaluate(readStoredState)) || undefined, 40_000);
    if (!found) throw new Error(`VS Code has stored no state that holds ${String(part)}.`);
  }

  /** Runs a command by its title, through the command palette. */
  async runCommand(title: string): Promise<void> {
    await (await this.openPalette(title)).click();
    await this.paletteInput.waitFor({ state: 'hidden' });
  }

  /** Runs a command that offers a list, and chooses from it. @param question what stands in the list's empty input */
  async chooseByCommand(title: string, question: string, choice: string): Promise<void> {
    await (await this.openPalette(title)).click();
    const input = this.page.locator('.quick-input-widget').getByPlaceholder(question);
    await input.fill(choice);
    await input.press('Enter');
  }

  /** Saves the active document by a command that asks where. @param file absolute path */
  async saveByCommand(title: string, file: string): Promise<void> {
    await (await this.openPalette(title)).click();
    const input = this.page.locator('.quick-input-widget').getByPlaceholder('Folder path');
    // Once the dialog has read the folder it adds the name of a file, over whatever was typed until then.
    const proposed = await poll(async () => /[^/]$/.test(await input.inputValue()) || undefined, 20_000);
    if (!proposed) throw new Error('The dialog proposes no file.');
    await input.fill(file);
    await input.press('Enter');
  }

  /** Closes the first editor whose title holds this, with the mouse. */
  async closeTab(title: string): Promise<void> {
    await this.page.locator('.tabs-container').getByRole('tab', { name: title }).first().click({ button: 'middle' });
  }

  async openFromExplorer(name: string): Promise<void> {
    await this.page.getByRole('treeitem', { name }).dblclick();
  }

  /** Opens a diff of two files of the workspace, by menus alone: to open a file would change what is selected. */
  async compareInExplorer(left: string, right: string): Promise<void> {
    await this.page.getByRole('treeitem', { name: left }).click({ button: 'right' });
    await chooseFromMenu(this.page, 'Select for Compare');
    await this.page.getByRole('treeitem', { name: right }).click({ button: 'right' });
    await chooseFromMenu(this.page, 'Compare with Selected');
  }

  /** Replaces the settings of the workspace; VS Code notices within a second. */
  async settings(values: Readonly<Record<string, unknown>>): Promise<void> {
    await writeFile(path.join(this.workspace, '.vscode', 'settings.json'), JSON.stringify(values));
  }

  /** Changes the colour theme and waits until the window has it. */
  async theme(theme: Theme): Promise<void> {
    await this.settings({ 'workbench.colorTheme': theme });
    await this.page.locator(`.monaco-workbench.${themeClasses[theme]}`).waitFor();
  }

  /** The messages VS Code shows now. */
  get notifications(): Locator {
    return this.page.locator('.notifications-toasts .notification-list-item');
  }

  /** Ids of the extension's model processes under this window's server. */
  async modelProcesses(): Promise<readonly number[]> {
    const { stdout } = await promisify(execFile)('ps', ['-eo', 'pid=,pgid=,args=']);
    return stdout
      .split('\n')
      .map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line))
      .filter((match) => Number(match?.[2]) === this.server.processGroup && match?.[3]?.includes('modelProcess.mjs'))
      .map((match) => Number(match?.[1]));
  }

  /** Waits for as many model processes as given. */
  async waitForModelProcesses(count: number): Promise<readonly number[]> {
    const found = await poll(async () => {
      const processes = await this.modelProcesses();
      return processes.length === count ? processes : undefined;
    }, 20_000);
    if (!found) throw new Error(`There are not ${count} model processes but ${(await this.modelProcesses()).length}.`);
    return found;
  }

  /** Writes a picture of the window under out/screenshots. */
  async screenshot(name: string): Promise<void> {
    const file = path.join(out, 'screenshots', `${name}.png`);
    await mkdir(path.dirname(file), { recursive: true });
    await this.page.screenshot({ path: file });
  }

  private get paletteInput(): Locator {
    return this.page.locator('.quick-input-widget input.input');
  }

  /** Opens the command palette and waits until it offers a command. @returns its row */
  private async openPalette(title: string): Promise<Locator> {
    const row = this.page.locator('.quick-input-list .monaco-list-row').getByText(title, { exact: true }).first();
    // An open palette does not notice the commands of an extension that VS Code finds only then.
    const offered = await poll(async () => {
      try {
        await this.page.keyboard.press('F1');
        await this.paletteInput.fill(`>${title}`, { timeout: 3000 });
        await row.waitFor({ timeout: 3000 });
        return true;
      } catch {
        await this.page.keyboard.press('Escape');
        return undefined;
      }
    }, 60_000);
    if (!offered) throw new Error(`The command palette has no “${title}”.`);
    return row;
  }

  /** Waits until the window shows the file and knows the extension's commands. */
  private async ready(file: string | undefined): Promise<void> {
    await this.page.locator('.monaco-workbench').waitFor({ timeout: 60_000 });
    // An editor that opens later would take the focus from what a test types into.
    if (file !== undefined) await this.page.locator(openedEditor).first().waitFor({ timeout: 60_000 });
    await this.openPalette('Attention: Explain Attention');
    await this.page.keyboard.press('Escape');
  }
}

const themeClasses = {
  'Dark Modern': 'vs-dark',
  'Light Modern': 'vs',
  'Default High Contrast': 'hc-black',
  'Default High Contrast Light': 'hc-light',
};

export type Theme = keyof typeof themeClasses;

export const themes = Object.keys(themeClasses) as readonly Theme[];

/** Runs in the page: all that VS Code keeps in the browser's databases for this window. */
async function readStoredState(): Promise<string> {
  const answer = <T>(request: IDBRequest<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      request.onsuccess = () => {
        resolve(request.result);
      };
      request.onerror = () => {
        reject(request.error ?? new Error('The database can’t be read.'));
      };
    });
  const texts: string[] = [];
  for (const { name = '' } of await indexedDB.databases()) {
    if (!name.startsWith('vscode-web-state-db')) continue;
    const database = await answer(indexedDB.open(name));
    texts.push(JSON.stringify(await answer(database.transaction('ItemTable').objectStore('ItemTable').getAll())));
    database.close();
  }
  return texts.join();
}
