import { Runtime } from '../../src/model/runtime/runtime.ts';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { expect } from 'vitest';
import { Generations } from '../../src/model/generate/generations.ts';
import { launchBrowser } from '../support/browser.ts';
import { openBundle } from './bundlePage.ts';
import { GenerationHost } from './generationHost.ts';
import type { ThemeName } from './themes.ts';

const MODEL = path.resolve('models/default');

/** A browser and a model for the pages of one test file. */
export class GenerationWorkshop {
  private constructor(
    private readonly runtime: Runtime,
    private readonly generations: Generations,
    private readonly browser: Browser,
    private readonly cacheFolder: string,
  ) {}

  static async open(): Promise<GenerationWorkshop> {
    const cacheFolder = await mkdtemp(path.join(tmpdir(), 'explain-attention-steps-'));
    const runtime = new Runtime({ cacheFolder, threads: 1 });
    return new GenerationWorkshop(runtime, new Generations(runtime), await launchBrowser(), cacheFolder);
  }

  async close(): Promise<void> {
    await this.browser.close();
    await this.runtime.dispose();
    await rm(this.cacheFolder, { recursive: true, force: true });
  }

  /** Opens the built view; with a prompt, started and measured. */
  async page(
    prompt: string | undefined,
    { theme = 'dark', width = 320, height = 1400, state }: PageOptions = {},
  ): Promise<GenerationPage> {
    const errors: string[] = [];
    const { page, host } = await openBundle(
      this.browser,
      { bundle: 'generation', theme, width, height, pixelRatio: 1, state, errors },
      (post) => new GenerationHost(this.generations, MODEL, post),
    );
    const view = new GenerationPage(page, host, errors);
    if (prompt !== undefined) {
      await page.getByTestId('idle').waitFor();
      await host.start(prompt);
      await view.taken(0);
    }
    return view;
  }
}

interface PageOptions {
  readonly theme?: ThemeName;
  readonly width?: number;
  readonly height?: number;
  readonly state?: unknown;
}

/** The view «Step Through Generation» in a browser, and the host it talks to. */
export class GenerationPage {
  constructor(
    readonly page: Page,
    readonly host: GenerationHost,
    readonly errors: readonly string[],
  ) {}

  part(id: string): Locator {
    return this.page.getByTestId(id);
  }

  /** Waits until so many tokens are taken and the second lane was computed. */
  async taken(count: number): Promise<void> {
    await expect.poll(() => this.part('ready').getAttribute('data-taken'), { timeout: 15_000 }).toBe(String(count));
    await this.part('difference').waitFor();
  }

  async step(times = 1): Promise<void> {
    const before = Number(await this.part('ready').getAttribute('data-taken'));
    for (let i = 1; i <= times; i++) {
      await this.part('step').click();
      await this.taken(before + i);
    }
  }

  async savedState(): Promise<unknown> {
    return this.page.evaluate(() => (window as unknown as { savedState: unknown }).savedState);
  }
}
