import type { FrameLocator, Locator, Page } from 'playwright-core';

/** The Attention panel: a webview, so a frame within a frame. Its parts are found anew after each reload. */
export class AttentionPanel {
  readonly frame: FrameLocator;

  constructor(private readonly page: Page) {
    const ours = 'iframe.webview[src*="extensionId=explain-attention"]:not([src*="purpose=webviewView"])';
    this.frame = page.frameLocator(ours).frameLocator('#active-frame');
  }

  /** The part of the panel that bears this `data-testid`. */
  part(name: string): Locator {
    return this.frame.getByTestId(name);
  }

  /** Waits until a part of the panel shows a text. */
  async shows(name: string, text: string | RegExp): Promise<void> {
    await this.part(name).filter({ hasText: text }).first().waitFor();
  }

  /** Waits until a token with this text is lit. */
  async lit(text: string): Promise<void> {
    await this.frame.locator('.token.lit').filter({ hasText: text }).first().waitFor();
  }

  /** Waits until a token with this text is pinned. */
  async pinned(text: string): Promise<void> {
    await this.frame.locator('.token.pinned').filter({ hasText: text }).first().waitFor();
  }

  /** Waits until no token is pinned. */
  async released(): Promise<void> {
    await this.frame.locator('.token.pinned').waitFor({ state: 'detached' });
  }

  get body(): Locator {
    return this.frame.locator('body');
  }

  get matrix(): Locator {
    return this.part('matrix');
  }

  private get canvas(): Locator {
    return this.matrix.locator('canvas').first();
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
  async painted(timeout = 60_000): Promise<void> {
    const failed = this.part('failed');
    await this.part('ready').or(failed).waitFor({ timeout });
    if (await failed.isVisible()) throw new Error(`The panel shows a failure: ${await failed.innerText()}`);
    await this.frame.locator('[data-testid="matrix"][data-state="ready"]').waitFor();
  }

  /** How many colours the matrix is painted in. */
  async colours(): Promise<number> {
    return this.canvas.evaluate((canvas: HTMLCanvasElement) => {
      const pixels = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height);
      return new Set(pixels && new Uint32Array(pixels.data.buffer)).size;
    });
  }

  /** The token that the side of the panel reads now, as a number. */
  async tokenRead(): Promise<number> {
    return Number(await this.part('reading').getAttribute('data-token'));
  }

  /** The number of the first token with this text. */
  async tokenIndex(text: string): Promise<number> {
    return Number(await this.token(text).getAttribute('data-token'));
  }

  /** The number of the token that a screen reader was told last; NaN when it was told of none. */
  async announcedToken(): Promise<number> {
    return Number(/^Token (\d+)/.exec(await this.part('announcement').innerText())?.[1]);
  }

  /** What the matrix is painted as, to be compared. */
  async picture(): Promise<string> {
    return this.canvas.evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL());
  }

  /** Moves the pointer to a place in the matrix, given as shares of its width and height. */
  async hoverMatrix(x: number, y: number): Promise<void> {
    const box = await this.matrix.boundingBox();
    if (!box) throw new Error('The matrix is not visible.');
    await this.matrix.hover({ position: { x: box.width * x, y: box.height * y } });
  }

  /** Presses Tab until this part has the focus. */
  async tabTo(name: string): Promise<void> {
    for (let presses = 0; presses < 60; presses++) {
      const focused = await this.part(name).evaluate((element) => element === element.ownerDocument.activeElement);
      if (focused) return;
      await this.page.keyboard.press('Tab');
    }
    throw new Error(`Tab does not lead to «${name}».`);
  }
}
