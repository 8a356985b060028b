import { afterAll, beforeAll, expect, test } from 'vitest';
import { PanelWorkshop, type PanelPage } from './panelPage.ts';
import { testSource } from './testHost.ts';

let workshop: PanelWorkshop;

beforeAll(async () => {
  workshop = await PanelWorkshop.open();
});
afterAll(() => workshop.close());

async function using(text: string, work: (panel: PanelPage) => Promise<void>): Promise<void> {
  const panel = await workshop.page({ width: 1000 });
  try {
    await panel.show(await workshop.explain(text), { source: { ...testSource, firstLine: 1 } });
    await work(panel);
    expect(panel.errors).toEqual([]);
  } finally {
    await panel.page.context().close();
  }
}

test('a file whose lines end in \\r\\n has as many lines as in the editor', () => {
  const lines = Array.from({ length: 613 }, (_, line): string => (line % 3 === 0 ? '' : line % 3 === 1 ? 'if' : '\t}'));
  lines[299] = 'here';
  lines[612] = 'end';
  return using(lines.join('\r\n'), async (panel) => {
    const numbers = panel.byTestId('text').locator('.number');
    expect(await numbers.allTextContents()).toEqual(lines.map((_, line) => String(line + 1)));
    await panel.byTestId('matrix').focus();
    await panel.page.keyboard.press('g');
    await panel.byTestId('go-to').locator('input').fill(':300');
    await panel.page.keyboard.press('Enter');
    await expect.poll(() => panel.byTestId('reading').innerText()).toContain('line 300');
    expect(await panel.byTestId('text').locator('.pinned').first().innerText()).toBe('here');
  });
});
