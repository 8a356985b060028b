import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { headDistances } from '../../src/attention/distances.ts';
import { rolesOf } from '../../src/attention/roleScores.ts';
import type { HeadSelection, Quantity, RunSummary } from '../../src/protocol/run.ts';
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

/** A token's row as the engine has it. */
async function rowOf(token: number, heads: HeadSelection, quantity: Quantity = 'weight'): Promise<Float32Array> {
  const tokens = animal.tokens.length;
  const request = {
    run: animal.run,
    heads,
    quantity,
    rows: { start: token, end: token + 1 },
    columns: { start: 0, end: tokens },
    block: { rows: 1, columns: 1 },
    pooling: 'max',
  } as const;
  return (await workshop.engine.slice(request, new AbortController().signal)).data;
}

/** Partners and their numbers as the list shows them. */
function listed(panel: PanelPage): Promise<readonly (readonly [number, string])[]> {
  return panel
    .byTestId('ranked-list')
    .getByRole('option')
    .evaluateAll((rows) =>
      rows.map((row) => [Number(row.getAttribute('data-token')), row.querySelector('.weight')?.textContent ?? '']),
    );
}

describe('the rollout', () => {
  test('is read like a head: in the list, in words, under the pointer, and in the host', async () => {
    await using({}, async (panel) => {
      const picture = await panel.matrix();
      await panel.byTestId('text').locator('[data-token="9"]').last().click();
      await panel.page.getByRole('radio', { name: 'Rollout' }).click();
      const heads = { kind: 'rollout', layer: 5 } as const;
      await expect.poll(() => panel.host.heard.focus.at(-1)).toMatchObject({ heads, quantity: 'weight' });
      await expect.poll(() => panel.matrix()).not.toBe(picture);
      const strongest = [...(await rowOf(9, heads)).entries()].sort((a, b) => b[1] - a[1]);
      await expect
        .poll(() => listed(panel))
        .toEqual(strongest.slice(0, 10).map(([token, share]) => [token, share.toFixed(3)]));
      expect(await panel.byTestId('heads-title').innerText()).toBe('Rollout through layer 5');
      expect(await panel.byTestId('words').innerText()).toContain('traced back');
      expect(await panel.byTestId('readout').innerText()).toContain('rollout');
      expect(await panel.byTestId('chosen-heads').innerText()).toContain('All heads count as equal');
      expect(await panel.byTestId('inspector').innerText()).toContain('Rollout is not importance');
      expect(await panel.page.getByRole('radio', { name: 'Norm' }).isDisabled()).toBe(true);
    });
  });

  test('ends at the layer that is chosen, and gives way to a head', async () => {
    await using({}, async (panel) => {
      await panel.page.getByRole('radio', { name: 'Rollout' }).click();
      await panel.page.getByRole('rowheader', { name: 'L2' }).click();
      const title = panel.byTestId('heads-title');
      expect(await title.innerText()).toBe('Rollout through layer 2');
      expect(await panel.page.getByRole('gridcell', { selected: true }).count()).toBe(24);
      await panel.page.getByRole('button', { name: 'Next Layer' }).click();
      expect(await title.innerText()).toBe('Rollout through layer 3');
      await panel.page.keyboard.press('Escape');
      expect(await title.innerText()).toBe('Layer 2 · Head 1');
    });
  });
});

describe('value-weighted norms', () => {
  test('are listed, told and coloured in their own unit, never as shares', async () => {
    await using({}, async (panel) => {
      const [picture, heads] = [await panel.matrix(), await panel.pixels('.head-pictures')];
      await panel.byTestId('text').locator('[data-token="9"]').last().click();
      await panel.page.getByRole('radio', { name: 'Norm' }).click();
      await expect.poll(() => panel.host.heard.focus.at(-1)).toMatchObject({ quantity: 'valueNorm' });
      // The graph that hands out values is loaded with the first question.
      await expect.poll(() => panel.matrix(), { timeout: 30_000 }).not.toBe(picture);
      await expect.poll(() => panel.pixels('.head-pictures'), { timeout: 30_000 }).not.toBe(heads);
      const row = await rowOf(9, { kind: 'head', layer: 2, head: 1 }, 'valueNorm');
      const strongest = [...row.entries()].sort((a, b) => b[1] - a[1]);
      const shown = await listed(panel);
      expect(shown[0]).toEqual([strongest[0]![0], strongest[0]![1].toPrecision(3)]);
      const words = (await panel.byTestId('words').innerText()).split('The largest weight')[0]!;
      expect(words).toContain(`norm of ${strongest[0]![1].toPrecision(3)}`);
      expect(words).not.toContain('%');
      expect(await panel.byTestId('readout').innerText()).toContain('norm');
      expect(await panel.byTestId('inspector').innerText()).toContain('no share');
      await panel.page.getByRole('radio', { name: 'Log' }).click();
      const end = Math.max(
        ...(await Promise.all(
          animal.tokens.map(async (_, token) => {
            const norms = await rowOf(token, { kind: 'head', layer: 2, head: 1 }, 'valueNorm');
            return Math.max(0, ...norms.subarray(1));
          }),
        )),
      );
      await expect.poll(() => panel.byTestId('legend').innerText()).toContain(end.toPrecision(3));
      await panel.page.getByRole('radio', { name: 'Max' }).click();
      await expect.poll(() => panel.byTestId('heads-title').innerText()).toBe('Maximum of 48 heads');
      expect(panel.host.heard.focus.at(-1)).toMatchObject({ quantity: 'valueNorm' });
    });
  });
});

describe('heads, the most unusual first', () => {
  test('are arranged by their distance from the mean, walked in that order, and stay so', async () => {
    await using({}, async (panel) => {
      const pictures = await panel.pixels('.head-pictures');
      await panel.page.getByRole('radio', { name: 'Most unusual here' }).click();
      const { distances } = headDistances(workshop.attention(animal.run));
      const order = [...distances.entries()]
        .sort((a, b) => b[1] - a[1])
        .map(([place]) => `L${Math.floor(place / 8)} H${place % 8}`);
      const cells = panel.page.getByRole('gridcell');
      await expect
        .poll(() => cells.evaluateAll((all) => all.map((cell) => cell.getAttribute('data-name'))))
        .toEqual(order);
      expect(await cells.first().getAttribute('aria-label')).toContain(
        `${Math.max(...distances).toFixed(2)} from the mean of all heads`,
      );
      await expect.poll(() => panel.pixels('.head-pictures')).not.toBe(pictures);
      await cells.first().focus();
      await panel.page.keyboard.press('ArrowRight');
      const [, layer, head] = /L(\d+) H(\d+)/.exec(order[1]!)!;
      expect(await panel.byTestId('heads-title').innerText()).toBe(`Layer ${layer} · Head ${head}`);
      expect(await panel.state()).toMatchObject({ view: { headSort: 'unusual' } });
    });
  });
});

describe('the roles of the heads', () => {
  test('stand on their pictures as the model was measured, and are told to everyone', async () => {
    const never = new AbortController().signal;
    const answer = await workshop.engine.inspect({ run: animal.run, question: { kind: 'roles' } }, never);
    if (answer.kind !== 'roles') throw new Error(answer.kind);
    await using({}, async (panel) => {
      const letters = {
        previousToken: 'P',
        duplicateToken: 'D',
        induction: 'I',
        firstToken: 'S',
        stringQuotes: 'Q',
        bracketPairs: 'B',
      };
      const expected = Array.from({ length: 48 }, (_, place) => {
        const [clearest] = rolesOf(answer, { layer: Math.floor(place / 8), head: place % 8 });
        return clearest ? letters[clearest.role] : '';
      });
      expect(new Set(expected).size).toBeGreaterThan(1);
      const cells = panel.page.getByRole('gridcell');
      await expect.poll(() => cells.allInnerTexts(), { timeout: 30_000 }).toEqual(expected);
      const best = answer.previousToken.indexOf(Math.max(...answer.previousToken));
      expect(await cells.nth(best).getAttribute('aria-label')).toContain(
        `previous token ${answer.previousToken[best]!.toFixed(2)}`,
      );
      expect(await panel.byTestId('role-legend').innerText()).toContain(
        'Measured once on probe texts, not on this one',
      );
    });
  });
});

describe('the heads of a pair', () => {
  test.each([1400, 1000, 400])('are all to be had, strongest first, at %i pixels', async (width) => {
    await using({ width }, async (panel) => {
      const { x, y } = await panel.cell(9, 4);
      await panel.page.mouse.click(x, y);
      await panel.byTestId('find-heads').click();
      const list = panel.byTestId('pair-heads').getByRole('listitem');
      await expect.poll(() => list.count()).toBe(6);
      expect(
        await panel.page.evaluate(() => document.activeElement?.closest('[data-testid=pair-heads]') !== null),
      ).toBe(true);
      await panel.byTestId('all-pair-heads').click();
      const [query, key] = [9, 4].map((token) => ({ start: token, end: token + 1 }));
      const source = workshop.attention(animal.run);
      const weights = Array.from({ length: 48 }, (_, place) => {
        const [layer, head] = [Math.floor(place / 8), place % 8];
        return [`L${layer} H${head}`, source.region({ layer, head }, query!, key!)[0]!] as const;
      });
      const strongest = weights.filter(([, weight]) => weight >= 0.0005).sort((a, b) => b[1] - a[1]);
      const shown = await list.evaluateAll((items) =>
        items.map((item) => [
          item.querySelector('span')?.textContent,
          Number(item.querySelector('.weight')?.textContent),
        ]),
      );
      expect(shown).toEqual(strongest.map(([name, weight]) => [name, Number(weight.toFixed(3))]));
      await list.last().getByRole('button').click();
      await expect
        .poll(() => panel.host.heard.focus.at(-1))
        .toMatchObject({ token: 9, partner: 4, heads: { kind: 'head' } });
    });
  });
});
