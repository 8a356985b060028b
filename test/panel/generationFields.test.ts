import type { Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { GenerationChange } from '../../src/protocol/generationViewWire.ts';
import { GenerationWorkshop, type GenerationPage } from './generationPage.ts';

let workshop: GenerationWorkshop;

beforeAll(async () => {
  workshop = await GenerationWorkshop.open();
});
afterAll(() => workshop.close());

/** Changes that the host holds back, the oldest first, until the test lets them go. */
class HeldAnswers {
  private readonly held: (() => void)[] = [];

  constructor(private readonly view: GenerationPage) {
    view.host.beforeChange = ({ kind }) =>
      kind === 'recompute' ? undefined : new Promise((resolve) => void this.held.push(resolve));
  }

  /** Waits for the oldest change, lets it be answered, and waits until the page has drawn the answer. */
  async release(): Promise<void> {
    await expect.poll(() => this.held.length).toBeGreaterThan(0);
    const draws = await this.view.page.evaluate(() => {
      const scope = window as unknown as { draws: number | undefined };
      if (scope.draws === undefined) {
        scope.draws = 0;
        window.addEventListener('message', () =>
          requestAnimationFrame(() => requestAnimationFrame(() => scope.draws!++)),
        );
      }
      return scope.draws;
    });
    this.held.shift()!();
    await expect
      .poll(() => this.view.page.evaluate(() => (window as unknown as { draws: number }).draws))
      .toBeGreaterThan(draws);
  }
}

async function using(work: (view: GenerationPage, answers: HeldAnswers) => Promise<void>): Promise<void> {
  const view = await workshop.page('The animal was');
  try {
    await work(view, new HeldAnswers(view));
    expect(view.errors).toEqual([]);
  } finally {
    await view.page.context().close();
  }
}

const field = (view: GenerationPage, name: string): Locator => view.page.getByRole('spinbutton', { name });

async function enter(input: Locator, text: string): Promise<void> {
  await input.fill(text);
  await input.press('Enter');
}

function sent<K extends GenerationChange['kind']>(view: GenerationPage, kind: K) {
  return view.host.changes.filter((change): change is Extract<GenerationChange, { kind: K }> => change.kind === kind);
}

describe('while earlier answers are on their way', () => {
  test('what is typed into a field stays', () =>
    using(async (view, answers) => {
      await view.page.getByRole('radio', { name: 'Sample' }).click();
      await answers.release();
      await enter(field(view, 'Seed'), '7');
      const temperature = field(view, 'Temperature');
      await temperature.selectText();
      await temperature.press('0');
      await answers.release();
      expect(await temperature.inputValue()).toBe('0');
      await temperature.pressSequentially('.7');
      expect(await temperature.inputValue()).toBe('0.7');
      await temperature.press('Enter');
      await answers.release();
      await expect.poll(() => sent(view, 'sampling').at(-1)?.sampling).toMatchObject({ temperature: 0.7, seed: 7 });
      expect([await temperature.inputValue(), await field(view, 'Seed').inputValue()]).toEqual(['0.7', '7']);
    }));

  test('a second number does not take the first one back', () =>
    using(async (view, answers) => {
      await view.page.getByRole('radio', { name: 'Sample' }).click();
      await enter(field(view, 'Seed'), '7');
      await enter(field(view, 'Top k'), '40');
      await enter(field(view, 'Temperature'), '0.7');
      const shown = (): Promise<readonly string[]> =>
        Promise.all(['Seed', 'Top k', 'Temperature'].map((name) => field(view, name).inputValue()));
      for (let answer = 0; answer < 4; answer++) {
        expect(await shown()).toEqual(['7', '40', '0.7']);
        await answers.release();
      }
      expect(await shown()).toEqual(['7', '40', '0.7']);
      expect(sent(view, 'sampling').at(-1)?.sampling).toMatchObject({ seed: 7, topK: 40, temperature: 0.7 });
    }));

  test('window and first positions are those asked for last', () =>
    using(async (view, answers) => {
      await view.part('policy').selectOption('sinks');
      await enter(field(view, 'Window'), '9');
      await enter(field(view, 'First'), '2');
      for (let answer = 0; answer < 3; answer++) {
        expect(await field(view, 'Window').inputValue()).toBe('9');
        expect(await field(view, 'First').inputValue()).toBe('2');
        await answers.release();
      }
      expect(sent(view, 'policy').at(-1)?.policy).toEqual({ kind: 'window', window: 9, sinks: 2 });
      expect(await field(view, 'Window').inputValue()).toBe('9');
    }));

  test('the slider stays where it was moved', () =>
    using(async (view, answers) => {
      for (let taken = 1; taken <= 4; taken++) {
        await view.part('step').click();
        await answers.release();
        await view.taken(taken);
      }
      await view.part('position').focus();
      for (const key of ['Home', 'ArrowRight', 'ArrowRight']) await view.page.keyboard.press(key);
      for (let answer = 0; answer < 3; answer++) {
        expect(await view.part('position').inputValue()).toBe('2');
        await answers.release();
      }
      await view.taken(2);
      expect(await view.part('position').inputValue()).toBe('2');
    }));
});

test('a number out of its bounds is put back, and the bounds are said', () =>
  using(async (view, answers) => {
    await view.page.getByRole('radio', { name: 'Sample' }).click();
    await answers.release();
    await enter(field(view, 'Temperature'), '70');
    expect(await view.page.getByRole('alert').innerText()).toBe('Temperature: a number from 0.05 to 10 is needed.');
    expect(await field(view, 'Temperature').inputValue()).toBe('1');
    await field(view, 'Temperature').fill('2');
    expect(await view.page.getByRole('alert').count()).toBe(0);
  }));
