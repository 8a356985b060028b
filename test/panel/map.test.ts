import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunSummary } from '../../src/protocol/run.ts';
import { PanelWorkshop, type PanelPage } from './panelPage.ts';

/** More tokens than the matrix has pixels, in functions of a few lines. */
const text = Array.from({ length: 60 }, (_, n) => `function step${n}(a, b) {\n  return a + ${n} * b;\n}\n`).join('\n');

let workshop: PanelWorkshop;
let run: RunSummary;

beforeAll(async () => {
  workshop = await PanelWorkshop.open();
  run = await workshop.explain(text);
});
afterAll(() => workshop.close());

async function using(work: (panel: PanelPage) => Promise<void>, shown = run): Promise<void> {
  const panel = await workshop.page();
  try {
    await panel.show(shown);
    await panel.page.locator('[data-testid=matrix][data-state=ready]').waitFor();
    await work(panel);
    expect(panel.errors).toEqual([]);
  } finally {
    await panel.page.context().close();
  }
}

test('a pixel that stands for several cells says so, and shows their mean on demand', async () => {
  await using(async (panel) => {
    expect(run.tokens.length).toBeGreaterThan(1000);
    await expect
      .poll(() => panel.byTestId('pooled').innerText())
      .toMatch(/^each pixel: the largest of (\d+) × \1 cells$/);
    const maxima = await panel.pixels('.matrix .base');
    await panel.page.getByRole('radio', { name: 'Mean', exact: true }).last().click();
    await expect.poll(() => panel.byTestId('pooled').innerText()).toContain('the mean of');
    await expect.poll(() => panel.pixels('.matrix .base')).not.toBe(maxima);
    expect(await panel.state()).toMatchObject({ view: { pooling: 'mean' } });
  });
});

/** Painted pixels beside the first `length` rows, where a causal matrix has no cells. */
async function paintedBehind(panel: PanelPage, length: number, tokens: number): Promise<number> {
  const [x = 0, y = 0, cell = 0] = (await panel.byTestId('matrix').getAttribute('data-plot'))!.split(' ').map(Number);
  const strip = [x + cell * (length + 100), y + cell * length - 1, cell * (tokens - length - 101), 2] as const;
  return panel.page.locator('.matrix .base').evaluate((canvas, [left, top, width, height]) => {
    const context = (canvas as HTMLCanvasElement).getContext('2d')!;
    return context.getImageData(left, top, width, height).data.filter((value, at) => at % 4 === 3 && value > 0).length;
  }, strip);
}

test.each([512, 2048])(
  'trained on %i tokens: what is beyond is said, and a line drawn there',
  async (contextLength) => {
    const isBeyond = run.tokens.length > contextLength;
    await using(
      async (panel) => {
        const notice = panel.byTestId('beyond-context');
        expect(await notice.count()).toBe(isBeyond ? 1 : 0);
        if (isBeyond) expect(await notice.innerText()).toMatch(/\b512\b/);
        expect((await paintedBehind(panel, 512, run.tokens.length)) > 0).toBe(isBeyond);
      },
      { ...run, model: { ...run.model, contextLength } },
    );
  },
);

test.each([
  ['whole', { kind: 'whole' }, undefined],
  [
    'computed',
    { kind: 'computed', from: 'queriesAndKeys', precision: 'half', largestDifference: 3.2e-3 },
    /3\.2e−3\s.*computed from queries and keys when .*are kept in half precision/s,
  ],
  [
    'run again',
    { kind: 'computed', from: 'graph', precision: 'single', largestDifference: 1e-7 },
    /1\.0e−7\s.*recomputes the rows that you look at(?!.*half precision)/s,
  ],
] as const)('what was checked says how the weights are held: %s', async (_, weights, said) => {
  await using(
    async (panel) => {
      await panel.byTestId('check').click();
      const popover = await panel.byTestId('check-popover').innerText();
      expect(popover).toContain('Every row sums to 1 within');
      if (said) expect(popover).toMatch(said);
      else expect(popover).not.toContain('own weights');
    },
    { ...run, weights },
  );
});

test('by keyboard to a line, a text, a number; what is not there is said', async () => {
  await using(async (panel) => {
    await panel.byTestId('matrix').focus();
    await panel.page.keyboard.press('g');
    const entry = panel.byTestId('go-to').locator('input');
    const pinned = async (): Promise<number> => Number(await panel.byTestId('reading').getAttribute('data-token'));
    const goes = async (what: string): Promise<void> => {
      await entry.fill(what);
      await panel.page.keyboard.press('Enter');
    };
    // The test's source begins in line 12.
    await goes(':17');
    await expect.poll(() => panel.byTestId('reading').innerText()).toContain('line 17');
    await goes('step40');
    const word = text.indexOf('step40');
    await expect
      .poll(async () => {
        const { start, end } = run.tokens[await pinned()]!;
        return start <= word && word < end;
      })
      .toBe(true);
    await goes('7');
    await expect.poll(pinned).toBe(7);
    await goes('nowhere');
    await expect.poll(() => panel.page.getByRole('alert').innerText()).toBe('not in this text');
    expect(await pinned()).toBe(7);
    await panel.page.keyboard.press('Escape');
    await expect.poll(() => panel.byTestId('go-to').count()).toBe(0);
    expect(await pinned()).toBe(7);
  });
});

test('beside going to a token, the strongest links: a press goes to one', async () => {
  await using(async (panel) => {
    await panel.byTestId('matrix').focus();
    for (let step = 0; step < 6; step++) await panel.page.keyboard.press('+');
    await panel.page.keyboard.press('g');
    const links = panel.byTestId('links').getByRole('button');
    await expect.poll(() => links.count()).toBe(8);
    expect(await links.nth(1).innerText()).toMatch(/line \d+ to line \d+\s+0\.\d+/);
    const before = await panel.matrix();
    await links.nth(1).click();
    await expect.poll(() => panel.host.heard.focus.length).toBe(1);
    const [{ heads, token, partner } = {}] = panel.host.heard.focus;
    const question = { kind: 'links', heads: heads!, quantity: 'weight' } as const;
    const answer = await workshop.engine.inspect({ run: run.run, question }, new AbortController().signal);
    expect(answer.kind === 'links' && answer.links[1]).toMatchObject({ query: token, key: partner });
    await panel.painted();
    expect(await panel.matrix()).not.toBe(before);
    await links.nth(1).press('Escape');
    await expect.poll(() => panel.byTestId('links').count()).toBe(0);
  });
});

test('partners in other lines have their line, and a key shows them in the editor', async () => {
  await using(async (panel) => {
    const row = panel
      .byTestId('ranked-list')
      .getByRole('option')
      .filter({ hasText: /line \d+/ })
      .first();
    const token = Number(await row.getAttribute('data-token'));
    const line = 12 + text.slice(0, run.tokens[token]!.start).split('\n').length - 1;
    expect(await row.innerText()).toContain(`line ${line}`);
    await row.focus();
    await panel.page.keyboard.press('Control+Enter');
    await expect.poll(() => panel.host.heard.reveal).toEqual([token]);
    expect(panel.host.heard.focus).toEqual([]);
  });
});

test('dragged over the minimap the view follows, row by row, and pins nothing', async () => {
  await using(async (panel) => {
    await panel.byTestId('matrix').focus();
    for (let step = 0; step < 6; step++) await panel.page.keyboard.press('+');
    const seen = panel.byTestId('minimap').locator('i');
    const place = (): Promise<readonly number[]> =>
      seen.evaluate(({ style }) => [style.left, style.top].map((at) => Number.parseFloat(at)));
    const token = await panel.byTestId('reading').getAttribute('data-token');
    const { x, y } = (await panel.byTestId('minimap').boundingBox())!;
    await panel.page.mouse.move(x + 20, y + 30);
    await panel.page.mouse.down();
    const places = [];
    for (const down of [50, 70, 90]) {
      await panel.page.mouse.move(x + 40, y + down);
      await panel.painted();
      places.push(await place());
    }
    await panel.page.mouse.up();
    await panel.page.mouse.move(x + 40, y + 30);
    await panel.painted();
    expect(await place()).toEqual(places[2]);
    expect(places[0]![0]).toBe(places[2]![0]);
    expect(places[1]![1]! - places[0]![1]!).toBeCloseTo(20, -1);
    expect(places[2]![1]!).toBeGreaterThan(places[1]![1]!);
    expect(await panel.byTestId('reading').getAttribute('data-token')).toBe(token);
    expect(panel.host.heard.focus).toEqual([]);
  });
});

test('zoomed in, the minimap shows where, and a press on it goes there', async () => {
  await using(async (panel) => {
    expect(await panel.byTestId('minimap').count()).toBe(0);
    await panel.byTestId('matrix').focus();
    for (let step = 0; step < 6; step++) await panel.page.keyboard.press('+');
    const seen = panel.byTestId('minimap').locator('i');
    const place = async (): Promise<number> => Number.parseFloat(await seen.evaluate((part) => part.style.top));
    const before = await place();
    await panel.byTestId('minimap').click({ position: { x: 48, y: 90 } });
    await expect.poll(place).toBeGreaterThan(before);
    expect(await panel.byTestId('reading').getAttribute('data-token')).toBe(String(run.tokens.length - 1));
    expect(panel.host.heard.focus).toEqual([]);
  });
});

test('in a narrow panel and in a low one no minimap covers the matrix', async () => {
  await using(async (panel) => {
    await panel.byTestId('matrix').focus();
    for (let step = 0; step < 6; step++) await panel.page.keyboard.press('+');
    await panel.byTestId('minimap').waitFor();
    for (const size of [
      { width: 260, height: 900 },
      { width: 460, height: 600 },
    ]) {
      await panel.page.setViewportSize(size);
      await panel.byTestId('minimap').waitFor({ state: 'detached' });
      await panel.page.setViewportSize({ width: 900, height: 900 });
      await panel.byTestId('minimap').waitFor();
    }
  });
});

test('until finer numbers are there, the coarse ones are shown enlarged', async () => {
  await using(async (panel) => {
    const whole = await panel.matrix();
    const matrix = panel.byTestId('matrix');
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    panel.host.beforeSlice = () => held;
    await matrix.focus();
    for (let step = 0; step < 6; step++) await panel.page.keyboard.press('+');
    await panel.byTestId('minimap').waitFor();
    await expect.poll(() => matrix.getAttribute('data-state')).toBe('loading');
    const coarse = await panel.matrix();
    expect(coarse).not.toBe(whole);
    release();
    await panel.painted();
    expect(await panel.matrix()).not.toBe(coarse);
    expect(await matrix.getAttribute('aria-busy')).toBe('false');
  });
});
