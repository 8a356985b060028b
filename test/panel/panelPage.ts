import { Runtime } from '../../src/model/runtime/runtime.ts';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import type { AttentionSource } from '../../src/attention/source.ts';
import { Engine } from '../../src/model/engine.ts';
import type { RunId, RunSummary } from '../../src/protocol/run.ts';
import { launchBrowser } from '../support/browser.ts';
import { attentionOf } from '../support/wholeRun.ts';
import { openBundle } from './bundlePage.ts';
import { TestHost } from './testHost.ts';
import { themes, type ThemeName } from './themes.ts';

const MODEL = path.resolve('models/default');

/** A browser and an engine for the pages of one test file. */
export class PanelWorkshop {
  private readonly weights = new Map<RunId, AttentionSource>();

  private constructor(
    readonly engine: Engine,
    private readonly browser: Browser,
    private readonly cacheFolder: string,
  ) {}

  static async open(): Promise<PanelWorkshop> {
    const cacheFolder = await mkdtemp(path.join(tmpdir(), 'explain-attention-panel-'));
    return new PanelWorkshop(new Engine(new Runtime({ cacheFolder, threads: 1 })), await launchBrowser(), cacheFolder);
  }

  async close(): Promise<void> {
    await this.browser.close();
    // What is still asked for writes to the cache.
    await this.engine.dispose();
    await rm(this.cacheFolder, { recursive: true, force: true });
  }

  /** @param preceding UTF-16 units of the text before the selection */
  async explain(text: string, { modelFolder = MODEL, preceding = 0 } = {}): Promise<RunSummary> {
    const common = { modelFolder, text, memoryBudget: 2 ** 30 };
    const options = { ...common, preceding: { length: preceding, starts: [0] } };
    const summary = await this.engine.explain(options, () => undefined, new AbortController().signal);
    this.weights.set(summary.run, await attentionOf(this.engine, summary.run));
    return summary;
  }

  /** All weights of a text that was explained here. */
  attention(run: RunId): AttentionSource {
    return this.weights.get(run)!;
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
    const errors: string[] = [];
    const bundle = { bundle: 'panel', theme, width, height, pixelRatio, state, errors };
    const opened = await openBundle(this.browser, bundle, (post) => new TestHost(this.engine, post));
    return new PanelPage(opened.page, opened.host, errors);
  }
}

/** The panel in a browser, and the host it talks to. */
export class PanelPage {
  constructor(
    readonly page: Page,
    readonly host: TestHost,
    /** Errors of the page and violations of its content security policy. */
    readonly errors: readonly string[],
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
