import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { GuideLine } from '../../src/protocol/panelWire.ts';
import type { RunSummary } from '../../src/protocol/run.ts';
import { PanelWorkshop, type PanelPage } from './panelPage.ts';

let workshop: PanelWorkshop;
let animal: RunSummary;

beforeAll(async () => {
  workshop = await PanelWorkshop.open();
  animal = await workshop.explain("The animal didn't cross the road because it was too tired.");
});
afterAll(() => workshop.close());

const guide: readonly GuideLine[] = [
  {
    text: 'Look at this head.',
    focus: {
      heads: { kind: 'head', layer: 3, head: 4 },
      quantity: 'weight',
      direction: 'looksAt',
      token: 10,
      partner: 3,
    },
  },
  { text: 'It has not read the end yet.', focus: undefined },
];

async function using(options: Parameters<PanelWorkshop['page']>[0], work: (panel: PanelPage) => Promise<void>) {
  const panel = await workshop.page(options);
  await panel.show(animal, { guide });
  try {
    await work(panel);
    expect(panel.errors).toEqual([]);
  } finally {
    await panel.page.context().close();
  }
}

describe('the guide of an example', () => {
  test('turns to what it names, and can be closed', async () => {
    await using({}, async (panel) => {
      const region = panel.byTestId('guide');
      expect(await region.getByRole('listitem').count()).toBe(2);
      await region.getByRole('button', { name: 'Show' }).click();
      await expect.poll(() => panel.byTestId('heads-title').innerText()).toBe('Layer 3 · Head 4');
      await panel.page.locator('.token.pinned[data-token="10"]').first().waitFor();
      expect(panel.host.heard.focus.at(-1)).toEqual(guide[0]?.focus);
      await region.getByRole('button', { name: 'Close' }).click();
      expect(await region.count()).toBe(0);
    });
  });
});

describe('short explanations', () => {
  test.each(['matrix', 'heads', 'sink'])('%s: opened and closed by key, tied to its button', async (topic) => {
    await using({}, async (panel) => {
      const button = panel.byTestId(`info-${topic}`);
      const text = panel.byTestId(`info-text-${topic}`);
      await button.focus();
      await panel.page.keyboard.press('Enter');
      await text.waitFor();
      expect((await text.innerText()).length).toBeGreaterThan(80);
      expect(await button.getAttribute('aria-expanded')).toBe('true');
      expect(await button.getAttribute('aria-controls')).toBe(await text.getAttribute('id'));
      await panel.page.keyboard.press('Escape');
      expect(await text.isVisible()).toBe(false);
    });
  });

  test.each([400, 2500])('stay inside of a page %i pixels wide', async (width) => {
    await using({ width, theme: 'hc-light' }, async (panel) => {
      for (const topic of ['matrix', 'heads', 'sink']) {
        await panel.byTestId(`info-${topic}`).click();
        const box = (await panel.byTestId(`info-text-${topic}`).boundingBox())!;
        expect(box.x).toBeGreaterThanOrEqual(0);
        expect(box.x + box.width).toBeLessThanOrEqual(width);
        await panel.byTestId(`info-${topic}`).click();
      }
    });
  });
});

test('the empty panel offers an example', async () => {
  const panel = await workshop.page();
  await panel.byTestId('open-example').click();
  await expect.poll(() => panel.host.heard.actions).toEqual(['openExample']);
  await panel.page.context().close();
});
