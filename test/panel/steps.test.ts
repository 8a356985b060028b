import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { entropyBits } from '../../src/attention/statements.ts';
import { outputShares, recomputeRow, unscaledWeights } from '../../src/attention/steps.ts';
import { ExplainError } from '../../src/protocol/failure.ts';
import type { RowSteps } from '../../src/protocol/inspection.ts';
import type { HeadId } from '../../src/protocol/model.ts';
import type { Focus } from '../../src/protocol/panelWire.ts';
import type { RunSummary } from '../../src/protocol/run.ts';
import { valueText } from '../../webview-ui/shared/measure.ts';
import { FOLDED_WEIGHT, numberText, signedPercent, weightText } from '../../webview-ui/shared/numbers.ts';
import { PanelWorkshop, type PanelPage } from './panelPage.ts';
import type { ThemeName } from './themes.ts';

const HEAD: HeadId = { layer: 2, head: 1 };
const STATE = { view: { scale: 'linear', sinkApart: true, matrix: { zoom: 1, left: 0, top: 0 }, tab: 'steps' } };

let workshop: PanelWorkshop;
let animal: RunSummary;

beforeAll(async () => {
  workshop = await PanelWorkshop.open();
  animal = await workshop.explain("The animal didn't cross the road because it was too tired.");
});
afterAll(() => workshop.close());

async function rowOf(query: number, head = HEAD, { run } = animal): Promise<RowSteps> {
  const answer = await workshop.engine.inspect({ run, question: { kind: 'row', ...head, query } }, NEVER);
  if (answer.kind !== 'row') throw new Error(`«${answer.kind}» was answered.`);
  return answer;
}
const NEVER = new AbortController().signal;

function tokenOf(name: string): number {
  const { text, tokens } = animal;
  return tokens.findIndex(({ start, end }) => start >= 0 && text.slice(start, end) === name);
}

/** The key with the largest weight, the first token apart: that only if nothing else has a weight to speak of. */
function strongest({ weights }: RowSteps): number {
  const others = [...weights.keys()].filter((key) => key > 0 && weights[key]! >= FOLDED_WEIGHT);
  return others.reduce((best, key) => (best === 0 || weights[key]! > weights[best]! ? key : best), 0);
}

async function opened(
  focus: Partial<Focus> = {},
  options: Parameters<PanelWorkshop['page']>[0] = {},
  run = animal,
): Promise<PanelPage> {
  const panel = await workshop.page({ state: STATE, ...options });
  await panel.byTestId('empty').waitFor();
  await panel.show(run, {
    focus: { heads: { kind: 'head', ...HEAD }, quantity: 'weight', direction: 'looksAt', ...focus },
  });
  return panel;
}

async function using(panel: PanelPage, work: (steps: PanelPage) => Promise<void>): Promise<void> {
  try {
    await work(panel);
    expect(panel.errors).toEqual([]);
  } finally {
    await panel.page.context().close();
  }
}

/** Waits until the steps of a cell are shown. */
async function shows(panel: PanelPage, query: number, key: number): Promise<void> {
  await panel.page.locator(`[data-testid=steps][data-query="${query}"][data-key="${key}"][aria-busy=false]`).waitFor();
}

/** The cells of a table, row by row. */
function table(panel: PanelPage, testId: string): Promise<readonly (readonly string[])[]> {
  return panel
    .byTestId(testId)
    .locator('tr')
    .evaluateAll((rows) => rows.map((row) => [...row.children].map((cell) => cell.textContent)));
}

describe('the numbers of a row', () => {
  test('lead from the engine’s vectors to its own weight, within 1e-4', async () => {
    const [query, key] = [tokenOf(' too'), tokenOf(' because')];
    await using(await opened({ token: query, partner: key }), async (panel) => {
      await shows(panel, query, key);
      const row = await rowOf(query);
      const { products, scores, weights, differences } = recomputeRow(row);
      expect(await panel.byTestId('product-sum').locator('td').last().innerText()).toBe(numberText(products[key]!));
      expect((await table(panel, 'score-workings')).map((line) => line.at(-1))).toEqual(
        [products[key]!, products[key]! * row.scale, scores[key]!, row.scores[key]!].map(numberText),
      );
      const softmax = await table(panel, 'softmax-workings');
      expect(softmax.slice(-2).map((line) => line.at(-1))).toEqual([weights[key]!, row.weights[key]!].map(numberText));
      for (const [name, difference] of [
        ['score', differences.scores],
        ['weight', differences.weights],
        ['output', differences.output],
      ] as const) {
        expect(Number(await panel.byTestId(`${name}-difference`).getAttribute('data-difference'))).toBe(difference);
        expect(difference, name).toBeLessThanOrEqual(1e-4);
      }
    });
  });

  test('without scaling stand beside it, with the entropy of both', async () => {
    const query = tokenOf(' because');
    await using(await opened({ token: query }), async (panel) => {
      const row = await rowOf(query);
      await shows(panel, query, strongest(row));
      const { weights, products } = recomputeRow(row);
      const unscaled = unscaledWeights(row, products);
      const bits = (one: Float64Array): string => `${entropyBits(one, { start: 0, end: one.length }).toFixed(2)} bits`;
      const largest = (one: Float64Array): string => weightText(Math.max(...one));
      expect((await table(panel, 'scaling')).map((line) => line.slice(1))).toEqual([
        [bits(weights)],
        [largest(weights)],
      ]);
      const before = await panel.page.locator('[data-testid=row-plot] .lane').count();
      await panel.byTestId('without-scaling').click();
      expect((await table(panel, 'scaling')).slice(1).map((line) => line.slice(1))).toEqual([
        [weights, unscaled].map(bits),
        [weights, unscaled].map(largest),
      ]);
      expect(await panel.page.locator('[data-testid=row-plot] .lane').count()).toBe(before + 1);
    });
  });

  test('say what each token adds to the output', async () => {
    const query = tokenOf(' because');
    await using(await opened({ token: query }), async (panel) => {
      const row = await rowOf(query);
      await shows(panel, query, strongest(row));
      const recomputed = recomputeRow(row);
      const shares = outputShares(recomputed, row.valueVectors);
      const norms = row.valueWeightedNorms!;
      const byNorm = [...norms.keys()].sort((a, b) => norms[b]! - norms[a]!).slice(0, 8);
      const rows = (await table(panel, 'contributions')).slice(1);
      expect(rows.map((cells) => [cells[1], cells[2], cells.at(-1)])).toEqual(
        byNorm.map((key) => [
          weightText(recomputed.weights[key]!),
          valueText(norms[key]!, 'norm'),
          signedPercent(shares[key]!),
        ]),
      );
      await panel.byTestId('more-contributions').click();
      expect((await table(panel, 'contributions')).length - 1).toBe(row.keys);
    });
  });
});

describe('other models', () => {
  test.each([
    ['llama', { layer: 1, head: 3 }, 'query heads 2 to 3 share', '÷ √8'],
    ['gemma2-eager', { layer: 0, head: 1 }, 'query heads 0 to 1 share', 'soft cap'],
    ['bert', { layer: 1, head: 2 }, undefined, '÷ √8'],
  ])('%s: what is shared and how it scales is said, and the numbers agree', async (name, head, shared, scaling) => {
    const modelFolder = path.resolve('test/vectors', name);
    const request = { modelFolder, text: 'The cat sat on the mat.', memoryBudget: 2 ** 30 };
    const run = await workshop.engine.explain(request, () => undefined, NEVER);
    await using(await opened({ token: 4, heads: { kind: 'head', ...head } }, {}, run), async (panel) => {
      const row = await rowOf(4, head, run);
      await shows(panel, 4, strongest(row));
      expect(row.keys).toBe(run.model.causal ? 5 : run.tokens.length);
      if (shared === undefined) expect(await panel.byTestId('shared-head').count()).toBe(0);
      else expect(await panel.byTestId('shared-head').innerText()).toContain(shared);
      expect((await table(panel, 'score-workings')).map((line) => line[0])).toContain(scaling);
      expect(recomputeRow(row).differences.weights).toBeLessThanOrEqual(1e-4);
      expect(await panel.byTestId('weight-difference').innerText()).not.toContain('more than');
    });
  });
});

describe('which cell', () => {
  test('no key pinned: the strongest one; a hover previews another, a click pins it', async () => {
    const query = tokenOf(' because');
    await using(await opened({ token: query }), async (panel) => {
      const strong = strongest(await rowOf(query));
      await shows(panel, query, strong);
      const other = strong === 2 ? 3 : 2;
      await panel.byTestId('text').locator(`[data-token="${other}"]`).last().hover();
      await shows(panel, query, other);
      await panel.page.mouse.move(3, 3);
      await shows(panel, query, strong);
      await panel.byTestId('more-contributions').click();
      await panel.byTestId('contributions').locator(`[data-token="${other}"]`).click();
      await expect.poll(() => panel.host.heard.focus.at(-1)).toMatchObject({ token: query, partner: other });
      await panel.page.mouse.move(3, 3);
      await shows(panel, query, other);
    });
  });

  test('looked at by: the token is the key, its strongest query the row', async () => {
    const key = tokenOf(' it');
    await using(await opened({ token: key, direction: 'lookedAtBy' }), async (panel) => {
      const weights = await Promise.all(
        animal.tokens.map(async (_, query) => (query < key ? -1 : (await rowOf(query)).weights[key]!)),
      );
      await shows(panel, weights.indexOf(Math.max(...weights)), key);
    });
  });

  test('with heads combined it says so, uses the head chosen last, and one click chooses another', async () => {
    const query = tokenOf(' because');
    await using(await opened({ token: query }), async (panel) => {
      await panel.byTestId('steps').waitFor();
      expect(await panel.byTestId('of-one-head').count()).toBe(0);
      await panel.byTestId('heads').getByRole('radio', { name: 'Mean' }).click();
      await expect.poll(() => panel.byTestId('of-one-head').innerText()).toContain('layer 2, head 1');
      await shows(panel, query, strongest(await rowOf(query)));
      await panel.byTestId('of-one-head').getByRole('button', { name: 'Next Head' }).click();
      await shows(panel, query, strongest(await rowOf(query, { layer: 2, head: 2 })));
      expect(panel.host.heard.focus.at(-1)?.heads).toEqual({ kind: 'head', layer: 2, head: 2 });
    });
  });
});

describe('asking', () => {
  test('nothing is asked while the tab is closed, nor for tokens that the pointer passes over', async () => {
    const panel = await opened({}, { state: undefined });
    await using(panel, async () => {
      const asked: number[] = [];
      panel.host.beforeInspect = ({ question }) => {
        if (question.kind === 'row') asked.push(question.query);
      };
      await panel.byTestId('text').locator('[data-token="3"]').last().hover();
      await panel.page.locator('[data-testid=reading][data-token="3"]').waitFor();
      expect(asked).toEqual([]);
      await panel.byTestId('tab-steps').click();
      await panel.byTestId('steps').waitFor();
      const cells = await Promise.all(Array.from({ length: 10 }, (_, place) => panel.cell(place + 3, 0)));
      await panel.byTestId('matrix').evaluate((matrix, points) => {
        for (const { x: clientX, y: clientY } of points) {
          matrix.dispatchEvent(new PointerEvent('pointermove', { clientX, clientY, bubbles: true }));
        }
      }, cells);
      await shows(panel, 12, 0);
      expect(asked).toEqual([3, 12]);
    });
  });

  test('a question that is no longer of interest is cancelled', async () => {
    await using(await opened({ token: 5 }), async (panel) => {
      await panel.byTestId('steps').waitFor();
      const signals: AbortSignal[] = [];
      panel.host.beforeInspect = async ({ question }, signal) => {
        if (question.kind !== 'row') return;
        signals.push(signal);
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
      };
      for (let times = 0; times < 3; times++) {
        await panel.page.getByRole('button', { name: 'Next Token' }).click();
        await expect.poll(() => signals.length).toBe(times + 1);
      }
      await expect.poll(() => signals.map(({ aborted }) => aborted)).toEqual([true, true, false]);
    });
  });

  test('a row that cannot be had is said, and asked for again', async () => {
    const panel = await workshop.page({ state: STATE });
    await using(panel, async () => {
      await panel.byTestId('empty').waitFor();
      panel.host.beforeInspect = () => {
        throw new ExplainError({ code: 'internal', message: 'The row is gone.', advice: 'Run again.' });
      };
      await panel.show(animal);
      await expect.poll(() => panel.byTestId('inspector').innerText()).toContain('The row is gone. Run again.');
      panel.host.beforeInspect = () => undefined;
      await panel.byTestId('inspector').getByRole('button', { name: 'Try Again' }).click();
      await panel.byTestId('steps').waitFor();
    });
  });

  test('the row shown before stays until the next one is there', async () => {
    const query = tokenOf(' because');
    await using(await opened({ token: query }), async (panel) => {
      await panel.byTestId('steps').waitFor();
      let release = (): void => undefined;
      const held = new Promise<void>((resolve) => (release = resolve));
      panel.host.beforeInspect = () => held;
      await panel.page.getByRole('button', { name: 'Next Token' }).click();
      await panel.page.locator(`[data-testid=steps][data-query="${query}"][aria-busy=true]`).waitFor();
      release();
      await shows(panel, query + 1, strongest(await rowOf(query + 1)));
    });
  });
});

describe('by keyboard', () => {
  test('every dimension and every token is reached, and said', async () => {
    const query = tokenOf(' because');
    await using(await opened({ token: query }), async (panel) => {
      const row = await rowOf(query);
      const key = strongest(row);
      await shows(panel, query, key);
      const numbers = [row.queryVector[1]!, row.keyVectors[key * row.headSize + 1]!];
      const said = [...numbers, numbers[0]! * numbers[1]!].map(numberText);
      await panel.byTestId('products').focus();
      await panel.page.keyboard.press('Home');
      await panel.page.keyboard.press('ArrowRight');
      const product = `Dimension 1: ${said[0]} × ${said[1]} = ${said[2]}`;
      await expect.poll(() => panel.byTestId('announcement').innerText()).toBe(product);
      expect(await panel.byTestId('product-readout').innerText()).toBe(product);
      await panel.page.keyboard.press('End');
      expect(await panel.byTestId('vector-readout').innerText()).toContain(`Dimension ${row.headSize - 1}:`);

      await panel.byTestId('row-plot').focus();
      await panel.page.keyboard.press('Home');
      await shows(panel, query, 0);
      expect(await panel.byTestId('announcement').innerText()).toContain(`weight ${weightText(row.weights[0]!)}`);
      await panel.page.keyboard.press('Enter');
      await expect.poll(() => panel.host.heard.focus.at(-1)).toMatchObject({ token: query, partner: 0 });

      await panel.byTestId('contributions').locator('[data-token]').first().focus();
      await panel.page.keyboard.press('ArrowDown');
      const focused = Number(await panel.page.evaluate(() => document.activeElement?.getAttribute('data-token')));
      await shows(panel, query, focused);
      await panel.page.keyboard.press('Enter');
      await expect.poll(() => panel.host.heard.focus.at(-1)?.partner).toBe(focused);
    });
  });

  test('ordered by size the first product is the largest', async () => {
    const query = tokenOf(' because');
    await using(await opened({ token: query }), async (panel) => {
      const row = await rowOf(query);
      const key = strongest(row);
      await shows(panel, query, key);
      await panel.page.getByRole('radio', { name: 'By size' }).click();
      await panel.byTestId('products').focus();
      await panel.page.keyboard.press('Home');
      const products = [...row.queryVector].map((value, place) => value * row.keyVectors[key * row.headSize + place]!);
      const largest = Math.max(...products);
      await expect.poll(() => panel.byTestId('product-readout').innerText()).toContain(`= ${numberText(largest)}`);
    });
  });
});

describe('looks', () => {
  test('right in every theme, and turns with it', async () => {
    await using(await opened(), async (panel) => {
      await panel.byTestId('steps').waitFor();
      const pictures = new Set<string>();
      for (const theme of ['dark', 'light', 'hc-dark', 'hc-light'] satisfies readonly ThemeName[]) {
        await panel.theme(theme);
        pictures.add(await panel.pixels('[data-testid=row-plot] canvas'));
      }
      expect(pictures.size).toBe(4);
    });
  });

  test('from 400 to 2500 px nothing overflows', async () => {
    await using(await opened(), async (panel) => {
      await panel.byTestId('steps').waitFor();
      for (const width of [400, 560, 800, 1180, 2500]) {
        await panel.page.setViewportSize({ width, height: 900 });
        await panel.painted();
        const over = await panel.page.evaluate(() => {
          const steps = document.querySelector('[data-testid=steps]')!;
          return [document.documentElement, steps].map(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth);
        });
        expect(Math.max(...over), String(width)).toBeLessThanOrEqual(0);
      }
    });
  });

  test('a long row draws few elements', async () => {
    const long = await workshop.explain('the cat sat on the mat and the dog ran to the old house\n'.repeat(30));
    await using(await opened({}, {}, long), async (panel) => {
      await panel.byTestId('steps').waitFor();
      expect(await panel.byTestId('steps').locator('*').count()).toBeLessThan(1500);
    });
  });
});
