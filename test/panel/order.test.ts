import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Focus } from '../../src/protocol/panelWire.ts';
import type { RunSummary } from '../../src/protocol/run.ts';
import { PanelWorkshop, type PanelPage } from './panelPage.ts';

let workshop: PanelWorkshop;
let animal: RunSummary;

beforeAll(async () => {
  workshop = await PanelWorkshop.open();
  animal = await workshop.explain("The animal didn't cross the road because it was too tired.");
});
afterAll(() => workshop.close());

async function using(
  options: Parameters<PanelWorkshop['page']>[0],
  work: (panel: PanelPage) => Promise<void>,
): Promise<void> {
  const panel = await workshop.page(options);
  try {
    await panel.show(animal);
    await work(panel);
    expect(panel.errors).toEqual([]);
  } finally {
    await panel.page.context().close();
  }
}

interface Stop {
  /** The part of the panel that it stands in. */
  readonly part: string;
  readonly name: string;
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

/** Where the Tab key stops, in its order, from the first control to the last; boxes as they are at the end. */
async function stops({ page }: PanelPage): Promise<readonly Stop[]> {
  await page.evaluate(() => {
    (window as unknown as { visited: Element[] }).visited = [];
    document.addEventListener('focusin', ({ target }) =>
      (window as unknown as { visited: unknown[] }).visited.push(target),
    );
  });
  const visited = (): Promise<number> =>
    page.evaluate(() => new Set((window as unknown as { visited: Element[] }).visited).size);
  for (let before = -1, now = 0; before < now; now = await visited()) {
    before = now;
    await page.keyboard.press('Tab');
  }
  return page.evaluate(() => {
    const elements = [...new Set((window as unknown as { visited: Element[] }).visited)];
    return elements.map((element) => {
      const { top, bottom, left, right } = element.getBoundingClientRect();
      const part = element.closest('main > *')?.classList[0] ?? '';
      const name = element.getAttribute('data-testid') ?? element.getAttribute('title') ?? element.className;
      return { part, name, top, bottom, left, right };
    });
  });
}

/** Whether `next` stands below `one`, or in its line and further right. */
function follows(one: Stop, next: Stop): boolean {
  const below = next.top >= one.bottom - 2;
  const beside = next.top < one.bottom && next.left >= one.right - 2;
  return below || beside;
}

describe.each([461, 700, 1000, 1400])('at %i pixels', (width) => {
  test('the Tab key goes as one reads: part after part, from the top and the left', () =>
    using({ width, height: 900 }, async (panel) => {
      const found = await stops(panel);
      expect(found.length).toBeGreaterThan(20);
      const order = [...new Set(found.map(({ part }) => part))];
      const seen = await panel.page.locator('main > *').evaluateAll((parts) =>
        parts
          .map((part) => ({ part: part.classList[0] ?? '', box: part.getBoundingClientRect() }))
          .filter(({ box }) => box.height > 0)
          .sort((a, b) => a.box.top - b.box.top || a.box.left - b.box.left)
          .map(({ part }) => part),
      );
      expect(order).toEqual(seen.filter((part) => order.includes(part)));
      const wrong = found.filter((stop, place) => {
        const before = found[place - 1];
        return before?.part === stop.part && !follows(before, stop);
      });
      expect(wrong).toEqual([]);
    }));
});

test('a page that becomes wider is arranged anew, in the order of the Tab key too', () =>
  using({ width: 461, height: 900 }, async (panel) => {
    const parts = (): Promise<readonly (string | undefined)[]> =>
      panel.page.locator('main > section').evaluateAll((elements) => elements.map(({ classList }) => classList[0]));
    expect(await parts()).toEqual(['text', 'stage', 'reading', 'heads']);
    await panel.page.setViewportSize({ width: 1400, height: 900 });
    await expect.poll(parts).toEqual(['heads', 'stage', 'text', 'reading']);
    await panel.painted();
  }));

test.each([1280, 900])('in a low panel, %i pixels wide, the matrix stays large enough and nothing overlaps', (width) =>
  using({ width, height: 260 }, async (panel) => {
    expect((await panel.byTestId('matrix').boundingBox())!.height).toBeGreaterThan(200);
    const boxes = await panel.page.locator('main > section').evaluateAll((parts) =>
      parts.map((part) => {
        const { left, right, top, bottom } = part.getBoundingClientRect();
        return { left, right, top, bottom };
      }),
    );
    boxes.forEach((one, place) => {
      expect(one.bottom - one.top).toBeGreaterThan(40);
      for (const other of boxes.slice(place + 1)) {
        const apart = one.right <= other.left || other.right <= one.left;
        expect(apart || one.bottom <= other.top || other.bottom <= one.top).toBe(true);
      }
    });
  }),
);

describe('screen readers are told', () => {
  test('what is pinned and released, and which heads are shown, whoever chose them', () =>
    using({}, async (panel) => {
      const said = panel.byTestId('announcement');
      expect(await said.innerText()).toBe('');
      await panel.byTestId('text').locator('[data-token="6"]').last().click();
      await expect.poll(() => said.innerText()).toMatch(/^Pinned: token 6, .+, line 12$/);
      await panel.byTestId('ranked-list').getByRole('option').first().click();
      await expect.poll(() => said.innerText()).toMatch(/^Pinned: .+ looks at .+: weight 0\.\d{3}, rank 1 of 7$/);
      await panel.page.mouse.move(5, 500);
      await panel.page.getByRole('button', { name: 'Release' }).click();
      await expect.poll(() => said.innerText()).toBe('Released');
      await panel.page.getByRole('button', { name: 'Next Head' }).click();
      await expect.poll(() => said.innerText()).toBe('Layer 2 · Head 2');
      const focus: Focus = {
        heads: { kind: 'mean', heads: 'all' },
        quantity: 'weight',
        direction: 'looksAt',
        token: 3,
      };
      await panel.host.answer(focus);
      await expect.poll(() => said.innerText()).toMatch(/^Mean of 48 heads\. Pinned: token 3, /);
    }));

  test('which token Go to Token found', () =>
    using({}, async (panel) => {
      await panel.byTestId('open-go-to').click();
      await panel.byTestId('go-to').getByRole('textbox').fill('road');
      await panel.page.keyboard.press('Enter');
      await expect.poll(() => panel.byTestId('announcement').innerText()).toMatch(/^Pinned: token \d+, road, line 12$/);
    }));
});
