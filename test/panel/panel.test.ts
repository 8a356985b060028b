import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunSummary } from '../../src/protocol/run.ts';
import { PanelWorkshop, type PanelPage } from './panelPage.ts';
import type { ThemeName } from './themes.ts';

const CODE = `export function total(items: Item[], rate = 0.2): number {
\tlet sum = 0;
\tfor (const item of items) {
\t\tif (item.price > 0) {
\t\t\tsum += item.price * item.count;
\t\t}
\t}
\treturn sum * (1 + rate);
}`;

let workshop: PanelWorkshop;
let animal: RunSummary;
let code: RunSummary;

beforeAll(async () => {
  workshop = await PanelWorkshop.open();
  animal = await workshop.explain("The animal didn't cross the road because it was too tired.");
  code = await workshop.explain(CODE);
});
afterAll(() => workshop.close());

/** The index of the first token with this text. */
function tokenOf({ text, tokens }: RunSummary, name: string): number {
  return tokens.findIndex(({ start, end }) => start >= 0 && text.slice(start, end) === name);
}

/** The weights of a token's row in the head that the test host begins with. */
function rowOf({ run, tokens }: RunSummary, token: number): Float32Array {
  const row = { start: token, end: token + 1 };
  return workshop.attention(run).region({ layer: 2, head: 1 }, row, { start: 0, end: tokens.length });
}

/** The token, apart from the first, that gets the largest weight of all from another one. */
function mostLookedAt(run: RunSummary): number {
  const cells = run.tokens.flatMap((_, query) => [...rowOf(run, query).slice(1, query).entries()]);
  return cells.sort((a, b) => b[1] - a[1])[0]![0] + 1;
}

async function opened(run: RunSummary, options: Parameters<PanelWorkshop['page']>[0] = {}): Promise<PanelPage> {
  const panel = await workshop.page(options);
  await panel.show(run);
  return panel;
}

async function using(panel: PanelPage, work: () => Promise<void>): Promise<void> {
  try {
    await work();
    expect(panel.errors).toEqual([]);
  } finally {
    await panel.page.context().close();
  }
}

describe('a finished run', () => {
  test('says what was run, and shows every head', async () => {
    const panel = await opened(animal);
    await using(panel, async () => {
      const toolbar = panel.byTestId('toolbar');
      await expect.poll(() => toolbar.innerText()).toContain('default');
      expect(await toolbar.innerText()).toContain('fp16 → fp32');
      expect(await toolbar.innerText()).toContain(`${animal.tokens.length} tokens`);
      expect(await panel.page.getByRole('gridcell').count()).toBe(48);
      expect(await panel.page.getByRole('gridcell', { selected: true }).getAttribute('aria-label')).toMatch(
        /^Layer 2, head 1\b/,
      );
      expect(await panel.byTestId('text').innerText()).toContain(
        "The animal didn't cross the road because it was too tired.",
      );
    });
  });

  test('says what was checked', async () => {
    const panel = await opened(animal);
    await using(panel, async () => {
      await panel.byTestId('check').click();
      const { rowSumError } = animal.check;
      const [mantissa, exponent] = rowSumError.toExponential(1).split('e');
      expect(await panel.byTestId('check-popover').innerText()).toContain(`${mantissa}e−${-Number(exponent)}`);
      await panel.page.keyboard.press('Escape');
      expect(await panel.byTestId('check-popover').count()).toBe(0);
    });
  });

  test('lists the weights of a token as the engine has them', async () => {
    const panel = await opened(animal);
    await using(panel, async () => {
      const token = tokenOf(animal, ' because');
      await panel.byTestId('text').locator(`[data-token="${token}"]`).last().click();
      const strongest = [...rowOf(animal, token).entries()]
        .filter(([, weight]) => weight >= 0.0005)
        .sort((a, b) => b[1] - a[1]);
      const rows = panel.byTestId('ranked-list').getByRole('option');
      await expect.poll(() => rows.count()).toBe(strongest.length);
      const shown = await rows.evaluateAll((elements) =>
        elements.map((element) => [
          Number(element.getAttribute('data-token')),
          element.querySelector('.weight')?.textContent,
        ]),
      );
      expect(shown).toEqual(strongest.map(([partner, weight]) => [partner, weight.toFixed(3)]));
    });
  });
});

describe('hover, pin, Escape', () => {
  test('a hovered token is lit in the text, the matrix and the list, and told to the host', async () => {
    const panel = await opened(animal);
    await using(panel, async () => {
      const because = tokenOf(animal, ' because');
      const partner = [...rowOf(animal, because).entries()].sort((a, b) => b[1] - a[1])[0]![0];
      await panel.byTestId('text').locator(`[data-token="${because}"]`).last().click();
      const before = await panel.overlay();
      await panel.byTestId('text').locator(`[data-token="${partner}"]`).last().hover();
      await expect.poll(() => panel.host.heard.hover.at(-1)).toBe(partner);
      expect(await panel.litTokens('text')).toContain(partner);
      expect(await panel.litTokens('ranked-list')).toContain(partner);
      expect(await panel.overlay()).not.toBe(before);
    });
  });

  test('a hovered row of the list lights its token in the text', async () => {
    const panel = await opened(animal);
    await using(panel, async () => {
      await panel
        .byTestId('text')
        .locator(`[data-token="${tokenOf(animal, ' because')}"]`)
        .last()
        .click();
      const row = panel.byTestId('ranked-list').getByRole('option').first();
      const partner = Number(await row.getAttribute('data-token'));
      await row.hover();
      await expect.poll(() => panel.litTokens('text')).toContain(partner);
      await expect.poll(() => panel.host.heard.hover.at(-1)).toBe(partner);
    });
  });

  test('a token lit by the editor is lit in the panel', async () => {
    const panel = await opened(animal);
    await using(panel, async () => {
      await panel.host.highlight(3);
      await expect.poll(() => panel.litTokens('text')).toContain(3);
      await panel.host.highlight(undefined);
      await expect.poll(() => panel.litTokens('text')).not.toContain(3);
    });
  });

  test('a click on a cell pins it; Escape releases the cell, the token, the set of heads', async () => {
    const panel = await opened(animal);
    await using(panel, async () => {
      await panel.byTestId('head-1-1').click({ modifiers: ['Control'] });
      await panel.painted();
      const { x, y } = await panel.cell(9, 4);
      await panel.page.mouse.click(x, y);
      await expect
        .poll(() => panel.host.heard.focus.at(-1))
        .toMatchObject({ token: 9, partner: 4, heads: { kind: 'mean' } });
      expect(await panel.byTestId('reading').getAttribute('data-token')).toBe('9');
      await panel.page.mouse.move(5, 500);
      await panel.page.keyboard.press('Escape');
      await expect
        .poll(() => panel.host.heard.focus.at(-1))
        .toEqual({
          heads: expect.objectContaining({ kind: 'mean' }) as unknown,
          quantity: 'weight',
          direction: 'looksAt',
          token: 9,
        });
      await panel.page.keyboard.press('Escape');
      await expect.poll(() => panel.host.heard.focus.at(-1)?.token).toBeUndefined();
      await panel.page.keyboard.press('Escape');
      await expect.poll(() => panel.host.heard.focus.at(-1)?.heads).toEqual({ kind: 'head', layer: 2, head: 1 });
    });
  });

  test('a double click shows a token in the editor', async () => {
    const panel = await opened(animal);
    await using(panel, async () => {
      await panel.byTestId('text').locator('[data-token="6"]').last().dblclick();
      await expect.poll(() => panel.host.heard.reveal).toEqual([6]);
      expect(panel.host.heard.focus.at(-1)).toMatchObject({ token: 6 });
    });
  });

  test('the newest choice stays while answers to older ones come in', async () => {
    const panel = await opened(animal);
    await using(panel, async () => {
      const title = panel.byTestId('heads-title');
      const { focus } = panel.host.heard;
      panel.host.answersFocus = false;
      await panel.byTestId('head-0-0').focus();
      for (let step = 0; step < 3; step++) await panel.page.keyboard.press('ArrowRight');
      await expect.poll(() => focus.length).toBe(3);
      for (const older of focus.slice(0, 2)) {
        await panel.host.answer(older);
        await panel.painted();
        expect(await title.innerText()).toBe('Layer 0 · Head 3');
      }
      await panel.host.answer(focus[2]!);
      await panel.host.answer(focus[0]!);
      await expect.poll(() => title.innerText()).toBe('Layer 0 · Head 1');
    });
  });
});

describe('heads', () => {
  test('sets of heads are combined and said', async () => {
    const panel = await opened(animal);
    await using(panel, async () => {
      await panel.byTestId('head-2-4').click({ modifiers: ['Control'] });
      expect(await panel.byTestId('heads-title').innerText()).toBe('Mean of 2 heads');
      await panel.page.getByRole('radio', { name: 'Max' }).click();
      await expect
        .poll(() => panel.host.heard.focus.at(-1)?.heads)
        .toEqual({
          kind: 'max',
          heads: [
            { layer: 2, head: 1 },
            { layer: 2, head: 4 },
          ],
        });
      await panel.page.getByRole('rowheader', { name: 'L3' }).click();
      expect(await panel.byTestId('heads-title').innerText()).toBe('Maximum of layer 3');
      await panel.byTestId('head-0-2').click();
      expect(await panel.byTestId('heads-title').innerText()).toBe('Layer 0 · Head 2');
    });
  });

  test('other heads give another picture', async () => {
    const panel = await opened(animal);
    await using(panel, async () => {
      const before = await panel.matrix();
      await panel.byTestId('head-0-2').click();
      await expect.poll(() => panel.matrix()).not.toBe(before);
    });
  });
});

describe('the matrix', () => {
  test('hover gives query, key, weight and rank of the cell', async () => {
    const panel = await opened(animal);
    await using(panel, async () => {
      const { x, y } = await panel.cell(9, 8);
      await panel.page.mouse.move(x, y);
      const row = rowOf(animal, 9);
      const rank = 1 + row.filter((weight) => weight > row[8]!).length;
      await expect.poll(() => panel.byTestId('readout').innerText()).toContain(`rank ${rank} of 10`);
      expect(await panel.byTestId('readout').innerText()).toContain(row[8]! >= 0.0005 ? row[8]!.toFixed(3) : '<.0005');
    });
  });

  test('hover repaints the overlay and leaves the matrix as it is', async () => {
    const panel = await opened(code);
    await using(panel, async () => {
      const [matrix, overlay] = [await panel.matrix(), await panel.overlay()];
      const { x, y } = await panel.cell(50, 20);
      await panel.page.mouse.move(x, y);
      await expect.poll(() => panel.overlay()).not.toBe(overlay);
      expect(await panel.matrix()).toBe(matrix);
    });
  });

  test('keys move the cell, pin it and say it', async () => {
    const panel = await opened(animal);
    await using(panel, async () => {
      const { x, y } = await panel.cell(9, 4);
      await panel.page.mouse.click(x, y);
      await panel.byTestId('matrix').focus();
      await panel.page.keyboard.press('ArrowDown');
      await panel.page.keyboard.press('Home');
      await panel.page.keyboard.press('ArrowRight');
      await expect.poll(() => panel.byTestId('announcement').innerText()).toContain('it looks at The');
      await panel.page.keyboard.press('Enter');
      await expect.poll(() => panel.host.heard.focus.at(-1)).toMatchObject({ token: 10, partner: 1 });
      expect(await panel.byTestId('row-table').innerText()).toContain('Weight');
    });
  });

  test('zoom shows a part, drag moves it, 0 shows the whole', async () => {
    const panel = await opened(code);
    await using(panel, async () => {
      const whole = await panel.matrix();
      await panel.byTestId('matrix').focus();
      for (let step = 0; step < 3; step++) await panel.page.keyboard.press('+');
      await expect.poll(() => panel.matrix()).not.toBe(whole);
      const zoomed = await panel.matrix();
      const box = (await panel.byTestId('matrix').boundingBox())!;
      await panel.page.mouse.move(box.x + 300, box.y + 400);
      await panel.page.mouse.down();
      await panel.page.mouse.move(box.x + 200, box.y + 300, { steps: 4 });
      await panel.page.mouse.up();
      await expect.poll(() => panel.matrix()).not.toBe(zoomed);
      expect(panel.host.heard.focus).toEqual([]);
      await panel.page.keyboard.press('0');
      await expect.poll(() => panel.matrix()).toBe(whole);
    });
  });

  test('Ctrl+wheel zooms about the pointer', async () => {
    const panel = await opened(code);
    await using(panel, async () => {
      const { x, y } = await panel.cell(40, 20);
      await panel.page.mouse.move(x, y);
      const before = await panel.byTestId('readout').innerText();
      await panel.page.keyboard.down('Control');
      await panel.page.mouse.wheel(0, -400);
      await panel.page.keyboard.up('Control');
      await expect.poll(() => panel.byTestId('zoom-fit').isEnabled()).toBe(true);
      await panel.page.mouse.move(x + 1, y);
      expect(await panel.byTestId('readout').innerText()).toBe(before);
    });
  });

  test('the logarithmic scale and the set-apart first token change the picture and the legend, not the numbers', async () => {
    const panel = await opened(code);
    await using(panel, async () => {
      const [linear, list] = [
        await panel.matrix(),
        await panel.byTestId('ranked-list').locator('.weight').allInnerTexts(),
      ];
      await panel.page.getByRole('radio', { name: 'Log' }).click();
      await expect.poll(() => panel.matrix()).not.toBe(linear);
      expect(await panel.byTestId('legend').innerText()).toContain('.0001');
      await panel.page.getByRole('radio', { name: 'Linear' }).click();
      await expect.poll(() => panel.matrix()).toBe(linear);
      await panel.byTestId('sink-apart').click();
      await expect.poll(() => panel.matrix()).not.toBe(linear);
      expect(await panel.byTestId('ranked-list').locator('.weight').allInnerTexts()).toEqual(list);
    });
  });

  test('«Looked at by» lists the column', async () => {
    const panel = await opened(animal);
    await using(panel, async () => {
      const token = mostLookedAt(animal);
      await panel.byTestId('text').locator(`[data-token="${token}"]`).last().click();
      await panel.page.getByRole('radio', { name: 'Looked at by' }).click();
      await expect.poll(() => panel.host.heard.focus.at(-1)?.direction).toBe('lookedAtBy');
      const first = panel.byTestId('ranked-list').getByRole('option').first();
      const looker = Number(await first.getAttribute('data-token'));
      expect(looker).toBeGreaterThanOrEqual(token);
      await expect.poll(() => first.locator('.weight').innerText()).toBe(rowOf(animal, looker)[token]!.toFixed(3));
    });
  });
});

describe('themes', () => {
  test.each<[ThemeName, ThemeName]>([
    ['dark', 'light'],
    ['light', 'hc-dark'],
    ['hc-dark', 'hc-light'],
  ])('from %s to %s, live: every canvas follows', async (from, to) => {
    const panel = await opened(code, { theme: from });
    await using(panel, async () => {
      const [matrix, heads] = [await panel.matrix(), await panel.pixels('.head-pictures')];
      await panel.theme(to);
      await expect.poll(() => panel.matrix()).not.toBe(matrix);
      await expect.poll(() => panel.pixels('.head-pictures')).not.toBe(heads);
    });
  });
});
