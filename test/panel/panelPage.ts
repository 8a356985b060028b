import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { Engine } from '../../src/model/engine.ts';
import type { RunSummary } from '../../src/protocol/run.ts';
import { launchBrowser } from '../support/browser.ts';
import { TestHost } from './testHost.ts';
import { themes, type ThemeName } from './themes.ts';

const ORIGIN = 'http://panel.test';
const MODEL = path.resolve('models/default');
/** As strict as the page that VS Code shows. */
const POLICY = `default-src 'none'; script-src 'nonce-test'; style-src ${ORIGIN}; font-src ${ORIGIN}`;

/** A browser and an engine for the pages of one test file. */
export class PanelWorkshop {
  private constructor(
    readonly engine: Engine,
    private readonly browser: Browser,
    private readonly cacheFolder: string,
  ) {}

  static async open(): Promise<PanelWorkshop> {
    const cacheFolder = await mkdtemp(path.join(tmpdir(), 'explain-attention-panel-'));
    return new PanelWorkshop(new Engine({ cacheFolder, threads: 1 }), await launchBrowser(), cacheFolder);
  }

  async close(): Promise<void> {
    await this.browser.close();
    await rm(this.cacheFolder, { recursive: true, force: true });
  }

  explain(text: string): Promise<RunSummary> {
    const options = { modelFolder: MODEL, text, memoryBudget: 2 ** 30 };
    return this.engine.explain(options, () => undefined, new AbortController().signal);
  }

  /** Opens the built panel in a page with a theme and a size. */
  async page(
    options: {
      readonly theme?: ThemeName;
      readonly width?: number;
      readonly height?: number;
      readonly pixelRatio?: number;
      readonly state?: unknown;
    } = {},
  ): Promise<PanelPage> {
    const { theme = 'dark', width = 1400, height = 900, pixelRatio = 1, state } = options;
    const context = await this.browser.newContext({
      viewport: { width, height },
      deviceScaleFactor: pixelRatio,
    });
    const page = await context.newPage();
    const host = new TestHost(this.engine, async (json) => {
      const post = (text: string): boolean => window.dispatchEvent(new CustomEvent('from-host', { detail: text }));
      await page.evaluate(post, json).catch((error: unknown) => {
        // A page that was closed reads no more messages, as in VS Code.
        if (!page.isClosed()) throw error;
      });
    });
    const panel = new PanelPage(page, host);
    page.on('pageerror', (error) => panel.errors.push(error.message));
    page.on('console', (message) => message.type() === 'error' && panel.errors.push(message.text()));
    await page.exposeFunction('toHost', (json: string) => host.receive(json));
    await page.addInitScript(webviewApi, state);
    await page.route(`${ORIGIN}/**`, async (route) => {
      const name = new URL(route.request().url()).pathname.slice(1);
      if (name === '') {
        await route.fulfill({
          contentType: 'text/html',
          body: html(theme),
          headers: { 'content-security-policy': POLICY },
        });
      } else if (name === 'theme.css') {
        await route.fulfill({ contentType: 'text/css', body: themeSheet() });
      } else {
        await route.fulfill({
          contentType: contentType(name),
          body: await readFile(path.join('dist', 'webview', name)),
        });
      }
    });
    await page.goto(`${ORIGIN}/`);
    return panel;
  }
}

/** The panel in a browser, and the host it talks to. */
export class PanelPage {
  /** Errors of the page and violations of its content security policy. */
  readonly errors: string[] = [];

  constructor(
    readonly page: Page,
    readonly host: TestHost,
  ) {}

  /** Shows a run and waits until its numbers are painted. */
  async show(summary: RunSummary, changes: Parameters<TestHost['ready']>[1] = {}): Promise<void> {
    await this.page.waitForFunction(() => document.getElementById('root') !== null);
    await this.host.ready(summary, changes);
    await this.page.locator(`[data-run="${summary.run}"]`).waitFor();
    await this.painted();
  }

  async painted(): Promise<void> {
    await this.page.locator('[data-testid=matrix][data-state=ready]').waitFor();
    await this.page.locator('.head-pictures[data-state=ready]').waitFor();
    await this.page.evaluate(
      () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))),
    );
  }

  /** The middle of a cell on the page, from what the matrix says of its geometry. */
  async cell(query: number, key: number): Promise<{ readonly x: number; readonly y: number }> {
    const matrix = this.byTestId('matrix');
    const box = (await matrix.boundingBox())!;
    const [left, top, cell] = (await matrix.getAttribute('data-plot'))!.split(' ').map(Number);
    return { x: box.x + left! + (key + 0.5) * cell!, y: box.y + top! + (query + 0.5) * cell! };
  }

  /** A canvas as it is painted now, as one comparable text. */
  async pixels(selector: string): Promise<string> {
    return this.page.evaluate(async (canvas) => {
      await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
      return document.querySelector<HTMLCanvasElement>(canvas)!.toDataURL();
    }, selector);
  }

  matrix(): Promise<string> {
    return this.pixels('.base');
  }

  overlay(): Promise<string> {
    return this.pixels('.overlay');
  }

  /** Tokens that a part of the panel shows as lit: by a colour of its own, not by weight. */
  async litTokens(part: string): Promise<readonly number[]> {
    const tokens = await this.byTestId(part)
      .locator('[data-token]:is(.lit, .partner)')
      .evaluateAll((elements) => elements.map((element) => Number(element.getAttribute('data-token'))));
    return [...new Set(tokens)];
  }

  byTestId(id: string): Locator {
    return this.page.getByTestId(id);
  }

  async theme(name: ThemeName): Promise<void> {
    const { bodyClass, kind } = themes[name];
    await this.page.evaluate(
      ([className, themeKind]) => {
        document.body.className = className!;
        document.body.dataset['vscodeThemeKind'] = themeKind;
      },
      [`${bodyClass} theme-${name}`, kind],
    );
  }

  state(): Promise<unknown> {
    return this.page.evaluate(() => (window as unknown as { savedState: unknown }).savedState);
  }
}

/** Runs in the page before the panel: what VS Code gives a webview. */
function webviewApi(initial: unknown): void {
  const scope = window as unknown as {
    toHost(json: string): Promise<void>;
    savedState: unknown;
    acquireVsCodeApi: unknown;
  };
  scope.savedState = initial;
  scope.acquireVsCodeApi = () => ({
    postMessage: (message: unknown) => void scope.toHost(JSON.stringify(message)),
    getState: () => scope.savedState,
    setState: (state: unknown) => {
      scope.savedState = JSON.parse(JSON.stringify(state));
    },
  });
  const revive = (_: string, value: unknown): unknown => {
    if (typeof value !== 'object' || value === null || !('base64' in value)) return value;
    return Uint8Array.from(atob(String(value.base64)), (character) => character.charCodeAt(0)).buffer;
  };
  window.addEventListener('from-host', (event) => {
    window.postMessage(JSON.parse((event as CustomEvent<string>).detail, revive), '*');
  });
}

function html(theme: ThemeName): string {
  const { bodyClass, kind } = themes[theme];
  return `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">
    <link rel="stylesheet" href="theme.css"><link rel="stylesheet" href="panel.css"></head>
    <body class="${bodyClass} theme-${theme}" data-vscode-theme-kind="${kind}"><div id="root"></div>
    <script nonce="test" src="panel.js"></script></body></html>`;
}

function themeSheet(): string {
  return Object.entries(themes)
    .map(([name, { variables }]) => {
      const lines = Object.entries(variables).map(([key, value]) => `--vscode-${key}: ${value};`);
      const scheme = name.endsWith('light') ? 'light' : 'dark';
      return `.theme-${name} { color-scheme: ${scheme}; ${lines.join(' ')} }`;
    })
    .join('\n');
}

function contentType(name: string): string {
  return { '.js': 'text/javascript', '.css': 'text/css', '.ttf': 'font/ttf' }[path.extname(name)] ?? 'application/json';
}
