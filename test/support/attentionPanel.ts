import type { Frame, Page } from 'playwright-core';
import { poll } from '../../scripts/setup/shell.mjs';

/** The Attention panel: a webview, so a frame within frames. */
export class AttentionPanel {
  constructor(private readonly page: Page) {}

  /** The innermost frame, once it shows something of ours. */
  async frame(selector = '#root > *'): Promise<Frame> {
    const frame = await poll(async () => {
      for (const candidate of this.page.frames()) {
        if (!candidate.url().includes('/fake.html')) continue;
        const count = await candidate
          .locator(selector)
          .count()
          .catch(() => 0);
        if (count > 0) return candidate;
      }
      return undefined;
    }, 30_000);
    if (!frame) throw new Error('The Attention panel is not shown.');
    return frame;
  }
}
