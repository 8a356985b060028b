import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { themes, type ThemeName } from './themes.ts';

const ORIGIN = 'http://panel.test';
/** As strict as the page that VS Code shows. */
const POLICY = `default-src 'none'; script-src 'nonce-test'; style-src ${ORIGIN}; font-src ${ORIGIN}`;

export interface BundleOptions {
  /** Name of the bundle under dist/webview. */
  readonly bundle: string;
  readonly theme: ThemeName;
  readonly width: number;
  readonly height: number;
  readonly pixelRatio: number;
  /** What the page kept before a reload. */
  readonly state: unknown;
  /** Takes errors of the page and violations of its content security policy. */
  readonly errors: string[];
}

/** Stands where the extension host stands. */
interface Host {
  receive(json: string): void;
}

/** Opens a built webview in a page with a theme and a size, and connects it to a host. */
export async function openBundle<H extends Host>(
  browser: Browser,
  { bundle, theme, width, height, pixelRatio, state, errors }: BundleOptions,
  makeHost: (post: (json: string) => Promise<void>) => H,
): Promise<{ readonly page: Page; readonly host: H }> {
  const context = await browser.newContext({ viewport: { width, height }, deviceScaleFactor: pixelRatio });
  const page = await context.newPage();
  const host = makeHost(async (json) => {
    const post = (text: string): boolean => window.dispatchEvent(new CustomEvent('from-host', { detail: text }));
    await page.evaluate(post, json).catch((error: unknown) => {
      // A page that was closed reads no more messages, as in VS Code.
      if (!page.isClosed()) throw error;
    });
  });
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  await page.exposeFunction('toHost', (json: string) => host.receive(json));
  await page.addInitScript(webviewApi, state);
  await page.route(`${ORIGIN}/**`, async (route) => {
    const name = new URL(route.request().url()).pathname.slice(1);
    if (name === '') {
      const headers = { 'content-security-policy': POLICY };
      await route.fulfill({ contentType: 'text/html', body: html(bundle, theme), headers });
    } else if (name === 'theme.css') {
      await route.fulfill({ contentType: 'text/css', body: themeSheet() });
    } else {
      const body = await readFile(path.join('dist', 'webview', name));
      await route.fulfill({ contentType: contentType(name), body });
    }
  });
  await page.goto(`${ORIGIN}/`);
  return { page, host };
}

/** Runs in the page before the bundle: what VS Code gives a webview. */
function webviewApi(initial: unknown): void {
  const scope = window as unknown as {
    toHost(json: string): Promise<void>;
    savedState: unknown;
    acquireVsCodeApi: unknown;
  };
  scope.savedState = initial;
  const base64 = (_: string, value: unknown): unknown => {
    if (!(value instanceof ArrayBuffer)) return value;
    const characters = Array.from(new Uint8Array(value), (byte) => String.fromCharCode(byte));
    return { base64: btoa(characters.join('')) };
  };
  scope.acquireVsCodeApi = () => ({
    postMessage: (message: unknown) => void scope.toHost(JSON.stringify(message, base64)),
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

function html(bundle: string, theme: ThemeName): string {
  const { bodyClass, kind } = themes[theme];
  return `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">
    <link rel="stylesheet" href="theme.css"><link rel="stylesheet" href="${bundle}.css"></head>
    <body class="${bodyClass} theme-${theme}" data-vscode-theme-kind="${kind}"><div id="root"></div>
    <script nonce="test" src="${bundle}.js"></script></body></html>`;
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
