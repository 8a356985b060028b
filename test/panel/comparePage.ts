import { Runtime } from '../../src/model/runtime/runtime.ts';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { Engine } from '../../src/model/engine.ts';
import type { Pair } from '../../src/protocol/compareWire.ts';
import type { RunSummary } from '../../src/protocol/run.ts';
import { launchBrowser } from '../support/browser.ts';
import { openBundle } from './bundlePage.ts';
import { CompareHost } from './compareHost.ts';
import type { ThemeName } from './themes.ts';

const MODEL = path.resolve('models/default');

/** A browser and an engine for the pages of one test file. */
export class CompareWorkshop {
  private constructor(
    readonly engine: Engine,
    private readonly browser: Browser,
    private readonly cacheFolder: string,
  ) {}

  static async open(): Promise<CompareWorkshop> {
    const cacheFolder = await mkdtemp(path.join(tmpdir(), 'explain-attention-compare-'));
    return new CompareWorkshop(
      new Engine(new Runtime({ cacheFolder, threads: 1 })),
      await launchBrowser(),
      cacheFolder,
    );
  }

  async close(): Promise<void> {
    await this.browser.close();
    // What is still asked for writes to the cache.
    await this.engine.dispose();
    await rm(this.cacheFolder, { recursive: true, force: true });
  }

  explain(text: string, modelFolder = MODEL): Promise<RunSummary> {
    const options = { modelFolder, text, memoryBudget: 2 ** 30 };
    return this.engine.explain(options, () => undefined, new AbortController().signal);
  }

  /** Opens the built view; with two runs, it shows them. */
  async page(
    runs: Pair<RunSummary> | undefined,
    options: {
      readonly theme?: ThemeName;
      readonly width?: number;
      readonly height?: number;
      readonly state?: unknown;
      readonly shown?: Parameters<CompareHost['ready']>[1];
    } = {},
  ): Promise<ComparePage> {
    const { theme = 'dark', width = 1100, height = 1000, state, shown } = options;
    const errors: string[] = [];
    const bundle = { bundle: 'compare', theme, width, height, pixelRatio: 1, state, errors };
    const { page, host } = await openBundle(this.browser, bundle, (post) => new CompareHost(this.engine, post));
    const view = new ComparePage(page, host, errors);
    await view.part('empty').waitFor();
    if (runs) {
      await host.ready(runs, shown);
      await view.painted();
    }
    return view;
  }
}

/** The view «Compare Contexts» in a browser, and the host it talks to. */
export class ComparePage {
  constructor(
    readonly page: Page,
    readonly host: CompareHost,
    /** Errors of the page and violations of its content security policy. */
    readonly errors: readonly string[],
  ) {}

  part(id: string): Locator {
    return this.page.getByTestId(id);
  }

  async painted(): Promise<void> {
    for (const side of [0, 1]) await this.page.locator(`[data-testid=matrix-${side}][data-state=ready]`).waitFor();
    for (const part of ['similarity', 'sources']) {
      await this.page.locator(`[data-testid=${part}]:not([data-state=loading])`).waitFor();
    }
    await this.page.evaluate(
      () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))),
    );
  }

  /** The tokens that are compared. */
  async compared(): Promise<readonly number[]> {
    return (await Promise.all([0, 1].map((side) => this.marked(side, 'pinned')))).flat();
  }

  /** The tokens of a text that bear a mark. */
  async marked(side: number, mark: 'pinned' | 'lit' | 'partner'): Promise<readonly number[]> {
    const tokens = await this.part(`text-${side}`)
      .locator(`[data-token].${mark}`)
      .evaluateAll((elements) => elements.map((element) => Number(element.getAttribute('data-token'))));
    return [...new Set(tokens)];
  }

  /** The cosines as the chart prints them. */
  cosines(): Promise<readonly string[]> {
    return this.part('cosines').locator('li b').allTextContents();
  }

  /** The middle of a cell on the page, from what the matrix says of its geometry. */
  async cell(side: number, query: number, key: number): Promise<{ readonly x: number; readonly y: number }> {
    const matrix = this.part(`matrix-${side}`);
    await matrix.scrollIntoViewIfNeeded();
    const box = (await matrix.boundingBox())!;
    const [left, top, cell] = (await matrix.getAttribute('data-plot'))!.split(' ').map(Number);
    return { x: box.x + left! + (key + 0.5) * cell!, y: box.y + top! + (query + 0.5) * cell! };
  }

  async savedState(): Promise<unknown> {
    return this.page.evaluate(() => (window as unknown as { savedState: unknown }).savedState);
  }
}
