import type { Locator, Page } from 'playwright-core';
import { chooseFromMenu } from './menu.ts';

/** The text editor that is active. */
export class Editor {
  constructor(private readonly page: Page) {}

  /** Selects text of one line. @param length in presses of the right arrow key */
  async select(line: number, column: number, length: number): Promise<void> {
    await this.goTo(line, column);
    for (let i = 0; i < length; i++) await this.page.keyboard.press('Shift+ArrowRight');
  }

  async selectAll(): Promise<void> {
    await this.focus();
    await this.page.keyboard.press('Control+a');
  }

  /** Runs Explain Attention by its key chord, in the editor that has the focus. */
  async explain(): Promise<void> {
    await this.page.keyboard.press('Control+k');
    await this.page.keyboard.press('a');
  }

  /** Puts the caret at a 1-based line and column. */
  async goTo(line: number, column: number): Promise<void> {
    await this.focus();
    await this.page.keyboard.press('Control+g');
    const input = this.page.locator('.quick-input-widget input.input');
    await input.waitFor();
    await input.fill(`:${line}:${column}`);
    await input.press('Enter');
    await input.waitFor({ state: 'hidden' });
  }

  async type(text: string): Promise<void> {
    await this.focus();
    await this.page.keyboard.type(text);
  }

  /** Chooses an item of the context menu at a text. */
  async chooseFromContextMenu(text: string, item: string): Promise<void> {
    await this.page.mouse.click(...(await this.centreOf(text)), { button: 'right' });
    await chooseFromMenu(this.page, item);
  }

  /** Rests the pointer on a text. @returns the hover that VS Code shows */
  async hover(text: string): Promise<Locator> {
    const [x, y] = await this.centreOf(text);
    await this.page.mouse.move(x - 1, y);
    await this.page.mouse.move(x, y);
    const hover = this.page.locator('.monaco-hover:not(.hidden) .hover-contents').first();
    await hover.waitFor();
    return this.page.locator('.monaco-hover:not(.hidden)').first();
  }

  /** Where the ruler beside the text is painted in its left lane, as shares of its height. */
  async rulerMarks(): Promise<readonly number[]> {
    return this.page
      .locator('canvas.decorationsOverviewRuler')
      .first()
      .evaluate((element) => {
        const canvas = element as HTMLCanvasElement;
        const { width, height } = canvas;
        const { data } = canvas.getContext('2d')!.getImageData(Math.floor(width / 6), 0, 1, height);
        const rows = Array.from({ length: height }, (_, row) => row);
        return rows.filter((row) => data[4 * row + 3]! > 0).map((row) => row / height);
      });
  }

  /** The lines that are visible, of all editors. */
  get lines(): Locator {
    return this.page.locator('.monaco-editor .view-line');
  }

  /** What extensions have drawn behind the text. */
  get decorations(): Locator {
    return this.page.locator('.monaco-editor .view-overlays [class*="TextEditorDecorationType"]');
  }

  /** The text inside of the decoration with a solid outline: that of the pinned token. */
  async pinnedText(): Promise<string | undefined> {
    return this.page.evaluate(() => {
      const decorations = document.querySelectorAll('.view-overlays [class*="TextEditorDecorationType"]');
      const pinned = [...decorations].find((element) => getComputedStyle(element).outlineStyle === 'solid');
      if (!pinned) return undefined;
      const frame = pinned.getBoundingClientRect();
      const walker = document.createTreeWalker(document.querySelector('.view-lines') ?? document, NodeFilter.SHOW_TEXT);
      const range = document.createRange();
      let text = '';
      while (walker.nextNode()) {
        const { currentNode } = walker;
        for (let i = 0; i < (currentNode.nodeValue ?? '').length; i++) {
          range.setStart(currentNode, i);
          range.setEnd(currentNode, i + 1);
          const { left, right, top, bottom } = range.getBoundingClientRect();
          const [x, y] = [(left + right) / 2, (top + bottom) / 2];
          if (x > frame.left && x < frame.right && y > frame.top && y < frame.bottom) text += range.toString();
        }
      }
      return text;
    });
  }

  /** Where the middle of the first occurrence of a text is shown, [x, y]. It must lie within one syntax colour. */
  async centreOf(text: string): Promise<[number, number]> {
    await this.page.locator('.monaco-editor .view-line').filter({ hasText: text }).first().waitFor();
    const centre = await this.page.evaluate((wanted): [number, number] | undefined => {
      for (const line of document.querySelectorAll('.monaco-editor .view-line')) {
        const walker = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
        while (walker.nextNode()) {
          const start = (walker.currentNode.nodeValue ?? '').replaceAll('\u00a0', ' ').indexOf(wanted);
          if (start < 0) continue;
          const range = document.createRange();
          range.setStart(walker.currentNode, start);
          range.setEnd(walker.currentNode, start + wanted.length);
          const { left, right, top, bottom } = range.getBoundingClientRect();
          return [(left + right) / 2, (top + bottom) / 2];
        }
      }
      return undefined;
    }, text);
    if (!centre) throw new Error(`The editor does not show «${text}».`);
    return centre;
  }

  private async focus(): Promise<void> {
    await this.page.locator('.monaco-editor .native-edit-context, .monaco-editor textarea').first().focus();
  }
}
