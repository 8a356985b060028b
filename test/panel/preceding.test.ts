import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunSummary } from '../../src/protocol/run.ts';
import { PanelWorkshop, type PanelPage } from './panelPage.ts';
import { testSource } from './testHost.ts';

const before = `import { sum } from './sum.ts';

export interface Item {
  readonly price: number;
  readonly count: number;
}

export function total(items: readonly Item[]): number {
  const prices = items.map((item) => item.price * item.count);
`;
const selected = `  return prices.length === 0 ? 0 : sum(prices);
}
`;

let workshop: PanelWorkshop;
let alone: RunSummary;
let preceded: RunSummary;

beforeAll(async () => {
  workshop = await PanelWorkshop.open();
  alone = await workshop.explain(selected);
  preceded = await workshop.explain(before + selected, { preceding: before.length });
});
afterAll(() => workshop.close());

const source = { ...testSource, label: 'total.ts 10–11 with lines 1–9 before it', firstLine: 1 } as const;
const included = { source: { ...source, preceding: 'included' } } as const;

async function using(panel: PanelPage, work: () => Promise<void>): Promise<void> {
  try {
    await panel.byTestId('empty').waitFor();
    await work();
    expect(panel.errors).toEqual([]);
  } finally {
    await panel.page.context().close();
  }
}

test.each([
  [true, 'Explained by itself: the model does not see what precedes it.'],
  [false, 'Explained by itself: the model sees neither what precedes it nor what follows.'],
])('a selection by itself says so (causal: %s), and offers what precedes it', async (causal, said) => {
  const panel = await workshop.page();
  await using(panel, async () => {
    const summary = { ...alone, model: { ...alone.model, causal } };
    await panel.show(summary, { source: { ...testSource, preceding: 'leftOut' } });
    expect(await panel.byTestId('preceding').innerText()).toBe(`${said} Explain with what precedes it`);
    await panel.byTestId('preceding').getByRole('button').click();
    await expect.poll(() => panel.host.heard.actions).toEqual(['includePreceding']);
    expect(await panel.page.locator('.precedes, .line.selected').count()).toBe(0);
  });
});

test('nothing is said or offered where no text precedes it', async () => {
  const panel = await workshop.page();
  await using(panel, async () => {
    await panel.show(alone);
    expect(await panel.byTestId('preceding').count()).toBe(0);
  });
});

test('what does not fit is said, and not offered', async () => {
  const panel = await workshop.page();
  await using(panel, async () => {
    await panel.show(alone, { source: { ...testSource, preceding: 'noRoom' } });
    expect(await panel.byTestId('preceding').innerText()).toContain('does not fit');
    expect(await panel.byTestId('preceding').getByRole('button').count()).toBe(0);
  });
});

test('with what precedes it: that is dimmed and can be pinned, the selection is in sight, and going back is offered', async () => {
  const panel = await workshop.page({ width: 461, height: 618 });
  await using(panel, async () => {
    await panel.show(preceded, included);
    const { selection } = preceded;
    const tokensOf = (selector: string): Promise<readonly number[]> =>
      panel
        .byTestId('text')
        .locator(selector)
        .evaluateAll((elements) => elements.map((element) => Number(element.getAttribute('data-token'))));
    const [dimmed, bright] = [await tokensOf('.core.precedes'), await tokensOf('.core:not(.precedes)')];
    expect(Math.max(...dimmed)).toBeLessThan(selection.start);
    expect(Math.min(...bright)).toBeGreaterThanOrEqual(selection.start);
    const colour = (token: number): Promise<string> =>
      panel
        .byTestId('text')
        .locator(`[data-token="${token}"]:not([data-heat], .lit, .pinned)`)
        .first()
        .evaluate((element) => getComputedStyle(element).color);
    expect(await colour(2)).not.toBe(await colour(selection.start + 2));
    // The list is about a token of the selection, whose first line the text shows.
    expect(Number(await panel.byTestId('reading').getAttribute('data-token'))).toBeGreaterThanOrEqual(selection.start);
    const isInSight = (token: number): Promise<boolean> =>
      panel.byTestId('text').evaluate((text, token) => {
        const [outer, inner] = [text, text.querySelector(`[data-token="${token}"]`)!].map((one) =>
          one.getBoundingClientRect(),
        );
        return inner!.top >= outer!.top && inner!.bottom <= outer!.bottom;
      }, token);
    expect([await isInSight(selection.start), await isInSight(0)]).toEqual([true, false]);
    await panel.byTestId('text').locator('[data-token="2"]').first().click();
    await expect.poll(() => panel.host.heard.focus.at(-1)?.token).toBe(2);
    await panel.byTestId('preceding').getByRole('button', { name: 'Explain the selection alone' }).click();
    await expect.poll(() => panel.host.heard.actions).toEqual(['leaveOutPreceding']);
  });
});

test('the matrix begins with the rows of the selection over all columns, and shows the whole when asked', async () => {
  const panel = await workshop.page({ width: 1400, height: 560 });
  await using(panel, async () => {
    await panel.show(preceded, included);
    const box = (await panel.byTestId('matrix').boundingBox())!;
    const [last, first] = [preceded.selection.end - 1, preceded.selection.start];
    const isInside = async (query: number, key: number): Promise<boolean> => {
      const { x, y } = await panel.cell(query, key);
      return x > box.x && x < box.x + box.width && y > box.y && y < box.y + box.height;
    };
    const seen = [await isInside(last, 0), await isInside(last, last), await isInside(first, 0), await isInside(0, 0)];
    expect(seen).toEqual([true, true, true, false]);
    await panel.byTestId('zoom-fit').click();
    await panel.painted();
    expect(await isInside(0, 0)).toBe(true);
    // What was chosen stays with the same text.
    await panel.host.show({ ...panel.host.snapshot });
    await panel.painted();
    expect(await isInside(0, 0)).toBe(true);
  });
});
