import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ExplainError } from '../../src/protocol/failure.ts';
import { bytesText } from '../../webview-ui/shared/amounts.ts';
import { GenerationWorkshop, type GenerationPage } from './generationPage.ts';

const PROMPT = 'The animal was';

let workshop: GenerationWorkshop;

beforeAll(async () => {
  workshop = await GenerationWorkshop.open();
});
afterAll(() => workshop.close());

function ready({ host }: GenerationPage) {
  const snapshot = host.state.snapshot();
  if (snapshot.kind !== 'ready') throw new Error(`The host is ${snapshot.kind}.`);
  return snapshot;
}

function state(view: GenerationPage) {
  return ready(view).state;
}

function ids(view: GenerationPage): readonly number[] {
  const { tokens, taken } = state(view);
  return tokens.slice(0, taken).map(({ id }) => id);
}

async function using(
  prompt: string | undefined,
  work: (view: GenerationPage) => Promise<void>,
  options: Parameters<GenerationWorkshop['page']>[1] = {},
): Promise<void> {
  const view = await workshop.page(prompt, options);
  try {
    await work(view);
    expect(view.errors).toEqual([]);
  } finally {
    await view.page.context().close();
  }
}

describe('Step Through Generation', () => {
  test('nothing runs until a prompt is typed', () =>
    using(undefined, async (view) => {
      await view.part('idle').waitFor();
      await view.part('prompt').fill('  ');
      expect(view.host.started).toEqual([]);
      await view.part('prompt').fill(PROMPT);
      await view.part('prompt').press('Enter');
      await view.taken(0);
      expect(view.host.started).toEqual([PROMPT]);
    }));

  test('a step appends the most probable token, and shows what both lanes cost', () =>
    using(PROMPT, async (view) => {
      const first = state(view).prediction.choice;
      await view.step();
      expect(ids(view)).toEqual([first.id]);
      const [stream, lanes] = [view.part('stream'), view.part('lanes')];
      expect(await stream.locator('.new').textContent()).toBe(first.text);
      const { cached, recomputed } = state(view).steps[1]!;
      await expect.poll(() => lanes.innerText()).toContain(`1 × ${cached.keys}`);
      expect(await lanes.innerText()).toContain(`${recomputed!.positions} × ${recomputed!.keys}`);
      expect(await view.part('difference').innerText()).toContain('same logits');
      expect(await view.part('cache-key').innerText()).toMatch(new RegExp(`reused ${cached.keys - 1}`));
    }));

  test('the keyboard steps, goes back, to both ends, and plays', () =>
    using(PROMPT, async (view) => {
      await view.page.locator('body').press('ArrowRight');
      await view.taken(1);
      await view.page.locator('body').press('ArrowRight');
      await view.taken(2);
      await view.page.locator('body').press('ArrowLeft');
      await view.taken(1);
      await view.page.locator('body').press('End');
      await view.taken(2);
      await view.page.locator('body').press('Home');
      await view.taken(0);
      await view.part('speed').selectOption('max');
      await view.page.locator('body').click({ position: { x: 2, y: 2 } });
      await view.page.keyboard.press(' ');
      await expect.poll(() => state(view).taken).toBeGreaterThan(4);
      await view.page.keyboard.press(' ');
      await expect.poll(() => view.part('play').getAttribute('aria-pressed')).toBe('false');
    }));

  test('play has one step under way at a time', () =>
    using(PROMPT, async (view) => {
      let open = 0;
      let most = 0;
      view.host.beforeChange = async () => {
        most = Math.max(most, ++open);
        await new Promise((resolve) => setTimeout(resolve, 30));
        open--;
      };
      await view.part('speed').selectOption('max');
      await view.part('play').click();
      await expect.poll(() => state(view).taken).toBeGreaterThan(3);
      expect(most).toBe(1);
    }));

  test('a fast play is slowed by nothing that runs the whole text again; a pause makes up for it', () =>
    using(PROMPT, async (view) => {
      await view.part('policy').selectOption('window');
      await view.part('effect').waitFor();
      const before = view.host.changes.length;
      await view.part('speed').selectOption('max');
      await view.part('play').click();
      await expect.poll(() => state(view).taken).toBeGreaterThan(5);
      const kinds = new Set(view.host.changes.slice(before).map(({ kind }) => kind));
      expect([...kinds]).toEqual(['step']);
      await view.part('play').click();
      await expect.poll(() => state(view).steps[state(view).taken]?.recomputed).toBeDefined();
      await view.part('effect').waitFor();
      const size = ready(view).origin.promptTokens.length + state(view).taken;
      await expect.poll(() => view.part('matrix-growth').innerText()).toContain(`${size} × ${size}`);
    }));

  test('another candidate makes a branch that can be gone back to', () =>
    using(PROMPT, async (view) => {
      await view.step(2);
      const before = ids(view);
      await view.part('back').click();
      await view.taken(1);
      await view.part('candidates').locator('button').nth(2).click();
      await view.taken(2);
      expect(ids(view)).not.toEqual(before);
      await view.part('branches').locator('button').click();
      await expect.poll(() => ids(view)).toEqual(before);
    }));

  test('sampling with a seed gives the same tokens again', () =>
    using(PROMPT, async (view) => {
      await view.page.getByRole('radio', { name: 'Sample' }).click();
      await view.page.getByLabel('Seed').fill('7');
      await view.page.getByLabel('Seed').press('Enter');
      await expect.poll(() => state(view).sampling).toMatchObject({ temperature: 1, seed: 7 });
      await view.step(3);
      const drawn = ids(view);
      await view.host.start(PROMPT);
      await view.taken(0);
      await view.step(3);
      expect(ids(view)).toEqual(drawn);
    }));

  test('a window evicts positions, and says what that changed', () =>
    using(`${PROMPT} tired, and the animal was not tired because the road was long.`, async (view) => {
      await view.part('policy').selectOption('window');
      await view.part('effect').waitFor();
      expect(await view.part('cache-key').innerText()).toContain('not held');
      await view.page.getByRole('spinbutton', { name: 'Window' }).fill('4');
      await view.page.getByRole('spinbutton', { name: 'Window' }).press('Enter');
      await expect.poll(() => state(view).cache.kept.length).toBe(4);
      await view.part('policy').selectOption('none');
      await expect.poll(() => view.part('cache-bytes').innerText()).toMatch(/^0\sB$/);
      await view.part('policy').selectOption('preallocated');
      await expect.poll(() => view.part('cache-bytes').innerText()).toContain(' of ');
    }));

  test('the size of the cache is drawn over the steps, beside what is reserved', () =>
    using(PROMPT, async (view) => {
      expect(await view.part('cache-chart').count()).toBe(0);
      await view.step();
      await view.step();
      const chart = view.part('cache-chart');
      const used = await chart.locator('path.cached').getAttribute('d');
      const sizes = state(view).steps.map(({ cacheBytes }) => cacheBytes.used);
      const heights = [...(used ?? '').matchAll(/[ML]\S+ (\d+\.\d)/g)].map(([, y]) => Number(y));
      expect(heights).toEqual(sizes.map((size) => Number((48 * (1 - size / sizes[2]!)).toFixed(1))));
      expect(await chart.locator('path.recomputed').count()).toBe(0);
      await view.part('policy').selectOption('preallocated');
      await expect.poll(() => chart.innerText()).toContain('reserved');
    }));

  test('the bytes of a layer are those of its positions', () =>
    using(PROMPT, async (view) => {
      const { layers, bytesPerPosition } = ready(view).origin.cache;
      const text = await view.part('cache-shape').innerText();
      const kept = state(view).cache.kept.length;
      const perLayer = bytesPerPosition / layers;
      expect(text).toContain(`: ${bytesText(kept * perLayer)}, of which ${bytesText(perLayer)} a position.`);
    }));

  test('a cell of the cache tells the norms of its key and value', () =>
    using(PROMPT, async (view) => {
      await view.part('cache-grid').focus();
      await view.page.keyboard.press('ArrowUp');
      await expect.poll(() => view.part('cell-readout').innerText()).toMatch(/Layer 0.*‖key‖ \d+\.\d\d/s);
      expect(state(view).taken).toBe(0);
    }));

  test('the row lists what the token looked at in the chosen heads', () =>
    using(PROMPT, async (view) => {
      await view.step();
      const mean = await view.part('row').innerText();
      const first = view.part('row').getByRole('listitem').filter({ hasText: 'first' }).locator('.bar i');
      expect(await first.evaluate((bar) => getComputedStyle(bar).backgroundImage)).toContain('gradient');
      await view.part('heads').locator('[data-layer="2"][data-head="1"]').click();
      await expect.poll(() => view.part('heads-title').innerText()).toBe('Layer 2 · Head 1');
      await expect.poll(() => view.part('row').innerText()).not.toBe(mean);
      await view.page.getByRole('radio', { name: 'Attention' }).click();
      const heat = view.part('stream').locator('.prompt').nth(2);
      await expect.poll(() => heat.evaluate((token) => getComputedStyle(token).backgroundColor)).toMatch(/^rgb\(/);
    }));

  test('the matrix grows with each step', () =>
    using(PROMPT, async (view) => {
      const growth = view.page.locator('section', { has: view.part('matrix-growth') }).last();
      const prompt = ready(view).origin.promptTokens.length;
      const triangle = (rows: number): number => (rows * (rows + 1)) / 2;
      await expect
        .poll(() => growth.innerText())
        .toContain(`${triangle(prompt)} weights in each head; none of them was known before this step.`);
      await view.step();
      await expect
        .poll(() => growth.innerText())
        .toContain(`${triangle(prompt)} of them were known from the steps before; this step computed ${prompt + 1}.`);
      const matrix = view.part('matrix-growth');
      await expect.poll(() => matrix.getAttribute('data-state')).toBe('ready');
      const size = state(view).steps[1]!.recomputed!.positions;
      expect(await matrix.innerText()).toContain(`${size} × ${size}`);
      const colours = await matrix
        .locator('canvas')
        .first()
        .evaluate((canvas: HTMLCanvasElement) => {
          const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
          return new Set(new Uint32Array(data.buffer)).size;
        });
      expect(colours).toBeGreaterThan(4);
    }));

  test('the second lane can be switched off', () =>
    using(PROMPT, async (view) => {
      await view.part('recompute').uncheck();
      await view.part('step').click();
      await expect.poll(() => state(view).taken).toBe(1);
      await view.page.waitForTimeout(300);
      expect(state(view).steps[1]!.recomputed).toBeUndefined();
      await view.part('recompute').check();
      await view.taken(1);
    }));

  test('a folded section stays folded and asks for nothing', () =>
    using(PROMPT, async (view) => {
      await view.page.getByRole('button', { name: 'The Matrix Grows' }).click();
      expect(await view.part('matrix-growth').count()).toBe(0);
      expect(await view.savedState()).toMatchObject({ view: { folded: ['growth'] }, restore: { tokens: [] } });
    }));

  test('what fails is said, and play stops', () =>
    using(PROMPT, async (view) => {
      view.host.beforeChange = () => {
        throw new ExplainError({ code: 'overBudget', message: 'Too large.', advice: 'Take less.' });
      };
      await view.part('play').click();
      await expect.poll(() => view.part('problem').innerText()).toBe('Too large. Take less.');
      expect(await view.part('play').getAttribute('aria-pressed')).toBe('false');
    }));

  test.each(['button', 'key'])('a change that takes long can be given up: %s', (how) =>
    using(PROMPT, async (view) => {
      view.host.beforeChange = (_, token) =>
        new Promise((_resolve, reject) => {
          token.onCancellationRequested(() => reject(new Error('given up')));
        });
      await view.part('policy').selectOption('window');
      await view.part('cancel').waitFor();
      expect(await view.part('policy').inputValue()).toBe('window');
      if (how === 'button') await view.part('cancel').click();
      else await view.part('policy').press('Escape');
      await expect.poll(() => view.part('policy').inputValue()).toBe('full');
      await view.part('cancel').waitFor({ state: 'detached' });
      expect(await view.part('problem').count()).toBe(0);
    }),
  );

  test('without a prompt the model begins a text of its own', () =>
    using(undefined, async (view) => {
      await view.part('prompt').press('Enter');
      await view.taken(0);
      await view.step();
      expect(view.host.started).toEqual(['']);
    }));

  test('a lost process is told, with one click to start again', () =>
    using(PROMPT, async (view) => {
      await view.step();
      view.host.state.setFailed({ code: 'processLost', message: 'The model process ended.', advice: '' });
      await view.host.tell();
      await view.part('failed').waitFor();
      expect(await view.part('failed').innerText()).toContain('1 generated token');
      await view.page.getByRole('button', { name: 'Start Again' }).click();
      await expect.poll(() => view.host.actions).toEqual(['again']);
    }));

  test('nothing is cut off at 260 pixels', () =>
    using(
      PROMPT,
      async (view) => {
        await view.step(2);
        const overflow = await view.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        expect(overflow).toBeLessThanOrEqual(0);
      },
      { width: 260 },
    ));
});
