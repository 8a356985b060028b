import { expect } from 'vitest';
import { scenario, useBrowser } from '../support/scenario.ts';

useBrowser();

const animal = { 'animal.txt': "The animal didn't cross the road because it was too tired.\n" };

scenario('from the palette: the panel shows the selection, its matrix painted', animal, async (scene) => {
  const { window, editor, panel } = scene;
  await editor.selectAll();
  await window.runCommand('Attention: Explain Attention');
  await panel.painted();
  await window.screenshot('palette');
  expect(await panel.colours()).toBeGreaterThan(10);
  expect(await panel.part('text').innerText()).toContain('animal');
});

scenario('from the context menu', animal, async ({ editor, panel }) => {
  await editor.select(1, 1, 10);
  await editor.chooseFromContextMenu('animal', 'Explain Attention');
  await panel.painted();
});

scenario('by the key chord', animal, async ({ window, editor, panel }) => {
  await editor.selectAll();
  await window.page.keyboard.press('Control+k');
  await window.page.keyboard.press('a');
  await panel.painted();
});
