import { expect } from 'vitest';
import { scenario, useBrowser, type Scene } from '../support/scenario.ts';
import { themes } from '../support/vscodeWindow.ts';

useBrowser();

const animal = { 'animal.txt': "The animal didn't cross the road because it was too tired.\n" };

async function pinIt({ editor, panel }: Scene): Promise<void> {
  await editor.selectAll();
  await editor.explain();
  await panel.painted();
  await panel.part('head-2-3').click();
  await panel.token('it').click();
  await panel.pinned('it');
}

scenario('Steps: the weight computed again is the one of the model', animal, async (scene) => {
  await pinIt(scene);
  const { panel } = scene;
  await panel.part('tab-steps').click();
  const difference = panel.part('weight-difference');
  await difference.waitFor();
  expect(Number(await difference.getAttribute('data-difference'))).toBeLessThan(1e-4);
  expect(await panel.part('steps').getAttribute('data-query')).toBe(String(await panel.tokenIndex('it')));
});

scenario('Effect: every token before the row is hidden once', animal, async (scene) => {
  await pinIt(scene);
  const { panel } = scene;
  await panel.part('tab-effect').click();
  await panel.part('effect').waitFor();
  const run = panel.part('run-effects');
  const complete = panel.frame.locator('[data-testid=effect][data-complete=true]');
  await run.or(complete).first().waitFor();
  if (await run.isVisible()) await run.click();
  await complete.waitFor();
  const rows = await panel.part('effect-table').getByRole('row').count();
  expect(rows).toBe((await panel.tokenIndex('it')) + 2);
  await panel.shows('untouched', /%/);
});

scenario('the tabs by keyboard, in every theme', animal, async (scene) => {
  await pinIt(scene);
  const { panel, window } = scene;
  const shown = { steps: 'step-5', effect: 'effect', cost: 'cost-row', weights: 'ranked-list' };
  for (const theme of themes) {
    await window.theme(theme);
    await panel.frame.locator(`body[data-vscode-theme-id="${theme}"]`).waitFor();
    await panel.part('tab-weights').focus();
    for (const [tab, part] of Object.entries(shown)) {
      await panel.frame.locator('[role=tab]:focus').press('ArrowRight');
      await expect.poll(() => panel.part(`tab-${tab}`).getAttribute('aria-selected')).toBe('true');
      await panel.part(part).waitFor();
      const line = (element: Element): string => getComputedStyle(element).borderBottomColor;
      const selected = await panel.part(`tab-${tab}`).evaluate(line);
      expect(selected).not.toBe(await panel.frame.getByRole('tablist').first().evaluate(line));
      const top = await panel.part('reading').evaluate((reading) => reading.getBoundingClientRect().top);
      expect(Math.abs(top)).toBeLessThan(300);
      await window.screenshot(`${tab}-${theme}`);
    }
  }
});
