import type { FrameLocator, Locator, Page } from 'playwright-core';
import { expect } from 'vitest';

/** The side-bar view «Step Through Generation»: a webview, so a frame within a frame. No other one of ours may be open. */
export class GenerationView {
  readonly frame: FrameLocator;

  constructor(page: Page) {
    const ours = 'iframe.webview[src*="extensionId=explain-attention"]';
    this.frame = page.frameLocator(ours).frameLocator('#active-frame');
  }

  /** The part of the view that bears this `data-testid`. */
  part(name: string): Locator {
    return this.frame.getByTestId(name);
  }

  button(name: string): Locator {
    return this.frame.getByRole('button', { name, exact: true });
  }

  /** Waits until so many tokens are taken. */
  async taken(count: number): Promise<void> {
    await this.part('ready').waitFor({ timeout: 60_000 });
    await expect.poll(() => this.takenNow(), { timeout: 20_000 }).toBe(count);
  }

  async takenNow(): Promise<number> {
    return Number(await this.part('ready').getAttribute('data-taken'));
  }

  /** The generated tokens that are taken, as they are shown. */
  async text(): Promise<readonly string[]> {
    return this.part('stream').locator('.new:not(.ahead)').allTextContents();
  }
}
