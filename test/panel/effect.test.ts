import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rankCorrelation } from '../../src/attention/rankCorrelation.ts';
import type { Effects, EffectsQuestion } from '../../src/protocol/inspection.ts';
import type { HeadSelection, Quantity, RunSummary } from '../../src/protocol/run.ts';
import { headAblations, tokenAblations } from '../../webview-ui/panel/effect/ablations.ts';
import { bitsText, probabilityText, shortBitsText } from '../../webview-ui/panel/effect/effectNumbers.ts';
import { DEFAULT_VIEW } from '../../webview-ui/panel/state/viewState.ts';
import { valueText } from '../../webview-ui/shared/measure.ts';
import { weightText } from '../../webview-ui/shared/numbers.ts';
import { PanelWorkshop, type PanelPage } from './panelPage.ts';

const never = new AbortController().signal;

let workshop: PanelWorkshop;
let run: RunSummary;

beforeAll(async () => {
  workshop = await PanelWorkshop.open();
  run = await workshop.explain("The animal didn't cross the road because it was too tired.");
});
afterAll(() => workshop.close());

/** What the test host begins with. */
const head = { layer: 2, head: 1 };
const grid = { layers: 6, heads: 8 };

/** A token in the middle: some come before it, and one follows. */
const query = 8;

async function using(work: (panel: PanelPage) => Promise<void>, shown = run): Promise<void> {
  const panel = await workshop.page({ width: 400, state: { view: { ...DEFAULT_VIEW, tab: 'effect' } } });
  try {
    await panel.show(shown, {
      focus: {
        heads: { kind: 'head', ...(shown === run ? head : { layer: 0, head: 0 }) },
        direction: 'looksAt',
        quantity: 'weight',
      },
    });
    await work(panel);
    expect(panel.errors).toEqual([]);
  } finally {
    await panel.page.context().close();
  }
}

async function measured(ablations: EffectsQuestion['ablations']): Promise<Effects> {
  const question = { kind: 'effects', query, ablations } as const;
  const answer = await workshop.engine.inspect({ run: run.run, question }, never);
  if (answer.kind !== 'effects') throw new Error(answer.kind);
  return answer;
}

/** The row of the query in the matrix of some heads. */
async function rowOf(heads: HeadSelection, quantity: Quantity): Promise<Float32Array> {
  const request = {
    run: run.run,
    heads,
    quantity,
    rows: { start: query, end: query + 1 },
    columns: { start: 0, end: query + 1 },
    block: { rows: 1, columns: 1 },
    pooling: 'max',
  } as const;
  return (await workshop.engine.slice(request, never)).data;
}

async function pin(panel: PanelPage): Promise<void> {
  await panel.byTestId('text').locator(`[data-token="${query}"]`).last().click();
}

async function complete(panel: PanelPage): Promise<void> {
  const run = panel.byTestId('run-effects');
  const done = panel.page.locator('[data-testid=effect][data-complete=true]');
  await run.or(done).first().waitFor();
  if (await run.isVisible()) await run.click();
  await done.waitFor({ timeout: 50_000 });
}

/** Tokens and texts of a column, in the order of the table. */
function column(panel: PanelPage, place: number): Promise<readonly (readonly [number, string])[]> {
  return panel.page
    .locator('[data-testid=effect-table] tbody tr')
    .evaluateAll(
      (rows, cell) =>
        rows.map((row) => [Number(row.getAttribute('data-token')), row.children[cell]!.textContent] as const),
      place,
    );
}

function descending(values: readonly number[]): readonly number[] {
  return [...values.keys()].sort((a, b) => values[b]! - values[a]! || a - b);
}

describe('tokens hidden', () => {
  test.each(['head', 'row', 'everyone'] as const)(
    'from %s: effects as the engine measures them, largest first',
    (scope) =>
      using(async (panel) => {
        await pin(panel);
        const name = { head: 'This head', row: 'All heads', everyone: 'Everyone' }[scope];
        await panel.page.getByRole('radio', { name }).click();
        await complete(panel);
        const told = await panel.byTestId('effect').innerText();
        expect(told.includes('it still attends to itself')).toBe(scope === 'everyone');
        const { effects } = await measured(tokenAblations(scope, query + 1, head));
        const divergences = effects.map(({ divergence }) => divergence);
        const expected = descending(divergences).map((token) => [token, bitsText(divergences[token]!)]);
        expect(await column(panel, 3)).toEqual(expected);
      }),
  );

  test('weights and norms beside them, and the order by each', () =>
    using(async (panel) => {
      await pin(panel);
      await complete(panel);
      const question = { kind: 'row', ...head, query } as const;
      const row = await workshop.engine.inspect({ run: run.run, question }, never);
      if (row.kind !== 'row') throw new Error(row.kind);
      const { weights, valueWeightedNorms } = row;
      await panel.byTestId('sort-weight').click();
      expect(await column(panel, 1)).toEqual(
        descending([...weights]).map((token) => [token, weightText(weights[token]!)]),
      );
      await panel.byTestId('sort-norm').click();
      const norms = [...valueWeightedNorms!];
      expect(await column(panel, 2)).toEqual(
        descending(norms).map((token) => [token, valueText(norms[token]!, 'norm')]),
      );
      const sorted = panel.byTestId('effect-table').locator('[aria-sort=descending]');
      expect(await sorted.innerText()).toBe('norm');
    }));

  test('of all heads, the norms are those of the matrix: the mean of the heads’ norms', () =>
    using(async (panel) => {
      await pin(panel);
      await panel.page.getByRole('radio', { name: 'All heads' }).click();
      await complete(panel);
      const heads = { kind: 'mean', heads: 'all' } as const;
      const norms = (await rowOf(heads, 'valueNorm')).subarray(0, query + 1);
      await panel.byTestId('sort-norm').click();
      const expected = descending([...norms]).map((token) => [token, valueText(norms[token]!, 'norm')]);
      await expect.poll(() => column(panel, 2)).toEqual(expected);
      const { effects } = await measured(tokenAblations('row', query + 1, head));
      const rho = rankCorrelation(
        norms,
        effects.map(({ divergence }) => divergence),
      )!;
      expect(await panel.byTestId('effect-words').innerText()).toMatch(
        new RegExp(`value-weighted norm [^.]*ρ = ${rho.toFixed(2).replace('-', '−')}\\.`),
      );
    }));

  test('how far weight and effect agree, in words', () =>
    using(async (panel) => {
      await pin(panel);
      await complete(panel);
      const { effects, target, probability } = await measured(tokenAblations('head', query + 1, head));
      const data = await rowOf({ kind: 'head', ...head }, 'weight');
      const rho = rankCorrelation(
        data,
        effects.map(({ divergence }) => divergence),
      )!;
      const agreement = await panel.byTestId('agreement').innerText();
      expect(agreement).toContain(`ρ = ${rho.toFixed(2).replace('-', '−')} over ${query + 1} tokens`);
      const untouched = await panel.byTestId('untouched').innerText();
      expect(untouched).toContain(`“${target.text.trim()}”`);
      expect(untouched).toContain(probabilityText(probability));
    }));

  test('a token in another line tells its line', async () => {
    const lines = await workshop.explain('the cat\nthe dog\nthe');
    await using(async (panel) => {
      const last = lines.tokens.length - 1;
      await panel.byTestId('text').locator(`[data-token="${last}"]`).last().click();
      const lineOf = async (token: number): Promise<string | undefined> =>
        /line (\d+)/.exec(await panel.byTestId('effect-table').locator(`[data-token="${token}"] th`).innerText())?.[1];
      const tokenAt = (place: number): number =>
        lines.tokens.findIndex(({ start, end }) => start <= place && place < end);
      // The test's source begins in line 12.
      expect([await lineOf(tokenAt(0)), await lineOf(tokenAt(8)), await lineOf(last)]).toEqual(['12', '13', undefined]);
    }, lines);
  });

  test('arrow keys walk the tokens, Enter pins the cell', () =>
    using(async (panel) => {
      await pin(panel);
      await complete(panel);
      const second = (await column(panel, 3))[1]![0];
      await panel.byTestId('effect-table').locator('tbody button').first().focus();
      await panel.page.keyboard.press('ArrowDown');
      await panel.page.keyboard.press('Enter');
      await expect.poll(() => panel.host.heard.focus.at(-1)).toMatchObject({ token: query, partner: second });
    }));
});

test('a model that reads both ways has no prediction to measure', async () => {
  const options = { modelFolder: path.resolve('test/vectors/bert'), text: 'the animal', memoryBudget: 2 ** 30 };
  const encoded = await workshop.engine.explain(options, () => undefined, never);
  await using(async (panel) => {
    await panel.byTestId('no-prediction').waitFor();
    expect(await panel.byTestId('effect').count()).toBe(0);
  }, encoded);
});

describe('measuring', () => {
  test('begins nothing for a token that is only hovered', () =>
    using(async (panel) => {
      const asked: string[] = [];
      panel.host.beforeInspect = ({ question }) => void asked.push(question.kind);
      await panel.byTestId('run-effects').waitFor();
      expect(asked).not.toContain('effects');
    }));

  test('stops when cancelled, keeps what it has, and goes on', () =>
    using(async (panel) => {
      const batches: number[] = [];
      panel.host.beforeInspect = ({ question }, signal) => {
        if (question.kind !== 'effects' || question.ablations[0]!.kind !== 'heads') return;
        batches.push(question.ablations.length);
        if (batches.length !== 3) return;
        return new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('stopped'))));
      };
      await pin(panel);
      await panel.page.getByRole('radio', { name: 'Heads off' }).click();
      const started = panel.byTestId('effect').getByText('19 of 54');
      const start = panel.byTestId('run-effects');
      await start.or(started).first().waitFor();
      // A machine on which all is expected to take a moment has begun by itself.
      if (await start.isVisible()) await start.click();
      await started.waitFor();
      expect(await panel.byTestId('effect-words').count()).toBe(0);
      expect(await panel.byTestId('effect-readout').innerText()).toBe('Not every head and layer is measured yet.');
      await panel.byTestId('stop-effects').click();
      await panel.page.getByRole('button', { name: 'Go On' }).waitFor();
      expect(await panel.byTestId('effect-heads').locator('[data-effect]').count()).toBe(19);
      await panel.page.getByRole('button', { name: 'Go On' }).click();
      await complete(panel);
      expect(batches).toEqual([3, 16, 16, 16, 16, 3]);
    }));

  test('says what went wrong', () =>
    using(async (panel) => {
      panel.host.beforeInspect = ({ question }) => {
        if (question.kind === 'effects') throw new Error('There are no logits.');
      };
      await pin(panel);
      const run = panel.byTestId('run-effects');
      await run.or(panel.byTestId('missing')).first().waitFor();
      if (!(await panel.byTestId('missing').isVisible())) await run.click();
      await panel.byTestId('effect').getByText('There are no logits.').waitFor();
    }));
});

describe('heads switched off', () => {
  test('every head and layer has its number; a click chooses the head', () =>
    using(async (panel) => {
      await pin(panel);
      await panel.page.getByRole('radio', { name: 'Heads off' }).click();
      await complete(panel);
      const { effects } = await measured(headAblations(grid));
      const cells = panel.byTestId('effect-heads').locator('[data-effect]');
      const shown = await cells.evaluateAll((all) =>
        all.map((cell) => [
          Number(cell.getAttribute('data-layer')),
          Number(cell.getAttribute('data-head')),
          cell.getAttribute('aria-label'),
        ]),
      );
      expect(shown.length).toBe(effects.length);
      const divergences = effects.map(({ divergence }) => divergence);
      const strongest = (of: readonly number[]): number => of.indexOf(Math.max(...of));
      const [ofHeads, ofLayers] = [divergences.slice(0, 48), divergences.slice(48)];
      const [head, layer] = [strongest(ofHeads), strongest(ofLayers)];
      expect(ofLayers[layer]).toBeGreaterThan(ofHeads[head]!);
      const words = await panel.byTestId('effect-words').innerText();
      expect(words).toContain(
        `Without layer ${layer} the prediction changes most, by ${bitsText(ofLayers[layer]!)} bits`,
      );
      expect(words).toContain(
        `Of single heads, layer ${Math.floor(head / 8)}, head ${head % 8} changes it most, by ${bitsText(ofHeads[head]!)} bits`,
      );
      const numbers = await cells.allInnerTexts();
      expect(numbers[strongest(ofHeads) + Math.floor(head / 8)]).toBe(shortBitsText(ofHeads[head]!));
      for (const [layer, head, label] of shown as [number, number, string][]) {
        const index = head === grid.heads ? grid.layers * grid.heads + layer : layer * grid.heads + head;
        expect(label).toContain(`${bitsText(effects[index]!.divergence)} bits`);
      }
      await panel.byTestId('effect-heads').locator('[data-layer="3"][data-head="5"]').click();
      await expect.poll(() => panel.host.heard.focus.at(-1)?.heads).toEqual({ kind: 'head', layer: 3, head: 5 });
      await panel.page.keyboard.press('ArrowDown');
      await panel.page.keyboard.press('Enter');
      await expect.poll(() => panel.host.heard.focus.at(-1)?.heads).toEqual({ kind: 'head', layer: 4, head: 5 });
    }));
});
