import type { FrameLocator, Locator, Page } from 'playwright-core';

/** The Attention panel: a webview, so a frame within a frame. Its parts are found anew after each reload. */
export class AttentionPanel {
  readonly frame: FrameLocator;

  constructor(page: Page) {
    this.frame = page.frameLocator('iframe.webview').frameLocator('#active-frame');
  }

  /** The part of the panel that bears this `data-testid`. */
  part(name: string): Locator {
    return this.frame.getByTestId(name);
  }

  get body(): Locator {
    return this.frame.locator('body');
  }

  get matrix(): Locator {
    return this.part('matrix');
  }

  /** What the panel says to the user in the state of a failure. */
  get alert(): Locator {
    return this.frame.getByRole('alert');
  }

  /** A token in the panel's text, by its text. */
  token(text: string): Locator {
    return this.part('text').locator('[data-token]').getByText(text, { exact: true }).first();
  }

  button(name: string): Locator {
    return this.frame.getByRole('button', { name, exact: true });
  }

  /** Waits until a finished run is shown, its matrix painted. */
  async painted(): Promise<void> {
    const failed = this.part('failed');
    await this.part('ready').or(failed).waitFor({ timeout: 60_000 });
    if (await failed.isVisible()) throw new Error(`The panel shows a failure: ${await failed.innerText()}`);
    await this.frame.locator('[data-testid="matrix"][data-state="ready"]').waitFor();
  }

  /** How many colours the matrix is painted in. */
  async colours(): Promise<number> {
    return this.matrix.locator('canvas').first().evaluate(countColours);
  }

  /** The token that the side of the panel reads now, as a number. */
  async tokenRead(): Promise<number> {
    return Number(await this.part('reading').getAttribute('data-token'));
  }

  /** Number of the run that is shown. */
  async run(): Promise<number> {
    return Number(await this.part('ready').getAttribute('data-run'));
  }
}

function countColours(canvas: SVGElement | HTMLElement): number {
  if (!(canvas instanceof HTMLCanvasElement)) return 0;
  const data = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data;
  return new Set(new Uint32Array(data?.buffer ?? new ArrayBuffer(0))).size;
}
