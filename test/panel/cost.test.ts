import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { matrixEntries } from '../../src/attention/costs.ts';
import { totalVariation } from '../../src/attention/difference.ts';
import { recomputeRow } from '../../src/attention/steps.ts';
import { attentionTiles } from '../../src/attention/attentionTiles.ts';
import { windowedWeights } from '../../src/attention/windowed.ts';
import type { RowSteps } from '../../src/protocol/inspection.ts';
import type { RunSummary } from '../../src/protocol/run.ts';
import { DEFAULT_VIEW } from '../../webview-ui/panel/state/viewState.ts';
import { numberText } from '../../webview-ui/shared/numbers.ts';
import { percent } from '../../webview-ui/shared/phrases.ts';
import { PanelWorkshop, type PanelPage } from './panelPage.ts';

let workshop: PanelWorkshop;
let run: RunSummary;

beforeAll(async () => {
  workshop = await PanelWorkshop.open();
  run = await workshop.explain("The animal didn't cross the road because it was too tired.");
});
afterAll(() => workshop.close());

/** Head and direction that the test host begins with. */
const head = { layer: 2, head: 1 };

async function using(work: (panel: PanelPage) => Promise<void>): Promise<void> {
  const panel = await workshop.page({ width: 400, state: { view: { ...DEFAULT_VIEW, tab: 'cost' } } });
  try {
    await panel.show(run);
    await work(panel);
    expect(panel.errors).toEqual([]);
  } finally {
    await panel.page.context().close();
  }
}

/** The row of the token that the panel shows first: the last one. */
async function lastRow(): Promise<{ readonly row: RowSteps; readonly query: number }> {
  const query = run.tokens.length - 1;
  const question = { kind: 'row', ...head, query } as const;
  const answer = await workshop.engine.inspect({ run: run.run, question }, new AbortController().signal);
  if (answer.kind !== 'row') throw new Error(answer.kind);
  return { row: answer, query };
}

describe('as texts grow', () => {
  test('counts this model and well-known ones', () =>
    using(async (panel) => {
      const growth = panel.byTestId('growth');
      await growth.getByText('1,024 times as many entries').waitFor();
      await growth.getByText('All numbers').click();
      const { layers, heads } = run.model;
      const first = growth.getByRole('row', { name: /^16 / });
      const entries = matrixEntries({ layers, queryHeads: heads }, 16);
      expect(await first.getByRole('cell').first().innerText()).toBe(`${(entries / 1000).toFixed(1)}\u202fK`);
      await growth.getByLabel('Model').selectOption('Llama 2 7B');
      await growth.getByRole('radio', { name: 'Work' }).click();
      // 6,607,077,376 numbers in matrices, and 2 · 32 · 32 · 128 multiply-accumulates for each pair of tokens.
      await growth.getByText('From 25,204 tokens on').waitFor();
    }));

  test('marks the length of the text', () =>
    using(async (panel) => {
      await panel.byTestId('growth').getByText(`this text, ${run.tokens.length} tokens`).waitFor();
    }));
});

describe('measured on this machine', () => {
  test('runs nothing before it is asked for, then measures up to the context', () =>
    using(async (panel) => {
      const asked: number[] = [];
      panel.host.beforeInspect = ({ question }) => {
        if (question.kind === 'timing') asked.push(question.tokens);
      };
      await panel.byTestId('cost-row').getByText('After the last tile').waitFor();
      expect(asked).toEqual([]);
      await panel.byTestId('measure').click();
      await panel.byTestId('timing').getByText('Measure Again').waitFor({ timeout: 50_000 });
      expect([...new Set(asked)]).toEqual([16, 32, 64, 128, 256, 512, 1024, 2048]);
      await panel.byTestId('timing').getByText('All numbers').click();
      expect(await panel.byTestId('timing-table').getByRole('row').count()).toBe(9);
      expect(await panel.byTestId('timing-words').innerText()).toMatch(
        /^128 times the tokens take [\d.]+ times as long/,
      );
    }));

  test('stops when cancelled, and says what went wrong', () =>
    using(async (panel) => {
      panel.host.beforeInspect = ({ question }, signal) => {
        if (question.kind !== 'timing' || question.tokens < 64) return;
        return new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('stopped'))));
      };
      await panel.byTestId('measure').click();
      await panel.byTestId('timing').getByText('64 tokens …').waitFor({ timeout: 30_000 });
      await panel.byTestId('stop-measuring').click();
      await panel.byTestId('timing').getByText('Measure Again').waitFor();
      expect(await panel.byTestId('timing').getByTestId('missing').count()).toBe(0);
      panel.host.beforeInspect = () => {
        throw new Error('There is no memory left.');
      };
      await panel.byTestId('measure').click();
      await panel.byTestId('timing').getByText('There is no memory left.').waitFor();
    }));
});

describe('the row computed otherwise', () => {
  test('tile by tile, by keyboard, up to the whole softmax', () =>
    using(async (panel) => {
      const { row } = await lastRow();
      const tiles = attentionTiles(recomputeRow(row).scores, row.valueVectors, 8);
      const words = await panel.byTestId('cost-row').innerText();
      expect(words).toContain(`a sum and one vector: ${2 + row.output.length} numbers however long`);
      expect(words).toContain(`the scores of one tile, ${Math.min(8, row.keys)} at most`);
      await panel.byTestId('tile').focus();
      for (const [place, tile] of tiles.entries()) {
        await panel
          .byTestId('cost-row')
          .getByText(`Tile ${place + 1} of ${tiles.length}: keys ${tile.start} to`)
          .waitFor();
        const shown = await panel.byTestId('tile-numbers').locator('td:last-child').allInnerTexts();
        expect(shown).toEqual([tile.maximum, tile.factor, tile.sum].map(numberText));
        await panel.page.keyboard.press('ArrowRight');
      }
      const difference = async (id: string): Promise<number> =>
        Number(await panel.byTestId(id).getAttribute('data-difference'));
      expect(await difference('tiles-difference')).toBeLessThanOrEqual(1e-6);
      expect(await difference('tiles-model-difference')).toBeLessThanOrEqual(1e-4);
    }));

  test('in a window that a key narrows', () =>
    using(async (panel) => {
      const { row, query } = await lastRow();
      const { scores, weights } = recomputeRow(row);
      await panel.byTestId('cost-row').getByRole('radio', { name: 'Window' }).click();
      await panel.byTestId('window').focus();
      await panel.page.keyboard.press('Home');
      await panel.page.keyboard.press('ArrowRight');
      await panel.page.keyboard.press('ArrowRight');
      await panel.byTestId('cost-row').getByText('3 tokens', { exact: true }).waitFor();
      const lost = totalVariation(windowedWeights(scores, query, 3), weights);
      const shown = await panel.byTestId('compared-numbers').locator('td:last-child').first().innerText();
      expect(shown).toBe(percent(lost, 1));
      await panel.page.keyboard.press('End');
      await expect
        .poll(() => panel.byTestId('compared-numbers').locator('td:last-child').allInnerTexts())
        .toEqual(['0.0\u202f%', '0.0\u202f%']);
    }));

  test('with linear attention, beside the weights of the softmax', () =>
    using(async (panel) => {
      const { row } = await lastRow();
      await panel.byTestId('cost-row').getByRole('radio', { name: 'Linear' }).click();
      const size = row.headSize * (row.output.length + 1);
      await panel
        .byTestId('cost-row')
        .getByText(`summed up in ${size.toLocaleString('en')} numbers`)
        .waitFor();
      const table = panel.byTestId('cost-row').locator('table', { hasText: 'largest difference first' });
      expect(await table.getByRole('row').count()).toBe(row.keys + 1);
    }));
});
