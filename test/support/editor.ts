import type { Locator, Page } from 'playwright-core';

/** A place on the page, in CSS pixels. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

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
    const { x, y } = await this.centreOf(text);
    await this.page.mouse.click(x, y, { button: 'right' });
    await this.page.locator('.monaco-menu').getByRole('menuitem', { name: item }).click();
  }

  /** Rests the pointer on a text. @returns the hover that VS Code shows */
  async hover(text: string): Promise<Locator> {
    const { x, y } = await this.centreOf(text);
    await this.page.mouse.move(x - 1, y);
    await this.page.mouse.move(x, y);
    const hover = this.page.locator('.monaco-hover:not(.hidden) .hover-contents').first();
    await hover.waitFor();
    return this.page.locator('.monaco-hover:not(.hidden)').first();
  }

  /** The text that the active editor shows now, as it is laid out in lines. */
  get lines(): Locator {
    return this.page.locator('.editor-group-container.active .monaco-editor .view-line');
  }

  /** The boxes of decorated text. */
  get heat(): Locator {
    return this.page.locator('.monaco-editor .view-overlays [class*="TextEditorDecorationType"]');
  }

  private async focus(): Promise<void> {
    await this.page.locator('.monaco-editor .native-edit-context, .monaco-editor textarea').first().focus();
  }

  /** Where the first occurrence of a text is shown. It must lie within one syntax colour. */
  private async centreOf(text: string): Promise<Point> {
    await this.page.locator('.monaco-editor .view-line').filter({ hasText: text }).first().waitFor();
    const centre = await this.page.evaluate((wanted) => {
      for (const line of document.querySelectorAll('.monaco-editor .view-line')) {
        const walker = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
        while (walker.nextNode()) {
          const start = (walker.currentNode.nodeValue ?? '').replaceAll('\u00a0', ' ').indexOf(wanted);
          if (start < 0) continue;
          const range = document.createRange();
          range.setStart(walker.currentNode, start);
          range.setEnd(walker.currentNode, start + wanted.length);
          const { x, y, width, height } = range.getBoundingClientRect();
          return { x: x + width / 2, y: y + height / 2 };
        }
      }
      return undefined;
    }, text);
    if (!centre) throw new Error(`The editor does not show «${text}».`);
    return centre;
  }
}
