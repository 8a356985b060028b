// npm run screenshots: makes the pictures of the README.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../../scripts/setup/places.mjs';
import { GenerationView } from '../support/generationView.ts';
import { scenario, useBrowser, type Scene } from '../support/scenario.ts';

useBrowser();

const example = (name: string): Record<string, string> => ({
  [name]: readFileSync(path.join(root, 'example', name), 'utf8'),
});
const plainWindow = {
  'breadcrumbs.enabled': false,
  'window.commandCenter': false,
  'workbench.activityBar.location': 'hidden',
  'workbench.layoutControl.enabled': false,
};

async function explainAll({ window, editor, panel }: Scene, width = 1600): Promise<void> {
  await window.settings(plainWindow);
  await window.page.setViewportSize({ width, height: 1100 });
  await window.runCommand('View: Toggle Primary Side Bar Visibility');
  await editor.selectAll();
  await editor.explain();
  await panel.painted();
}

async function keep({ window }: Scene, name: string): Promise<void> {
  await window.page.screenshot({ path: path.join(root, 'media', 'screenshots', name) });
}

scenario('the panel beside code', example('shapes.ts'), async (scene) => {
  await explainAll(scene);
  const { editor, panel } = scene;
  await editor.goTo(22, 1);
  await panel.token('return').click();
  await panel.pinned('return');
  await panel.part('toolbar').hover();
  await keep(scene, 'panel-dark.png');
});

const longFile = readFileSync(path.join(root, 'src/model/longContext/mapText.ts'), 'utf8');

scenario('a whole file as a map', { 'mapText.ts': longFile }, async (scene) => {
  await explainAll(scene);
  const { editor, panel, window } = scene;
  // Alone in its folder the file finds nothing that it imports.
  await window.settings({ ...plainWindow, 'typescript.validate.enable': false });
  await window.page.setViewportSize({ width: 1600, height: 1300 });
  await editor.goTo(60, 1);
  await panel.part('head-4-4').click();
  await panel.matrix.focus();
  await window.page.keyboard.press('g');
  await panel.part('links').getByRole('button').first().click();
  await panel.painted();
  await panel.part('toolbar').hover();
  await keep(scene, 'map-dark.png');
});

scenario('a hover in the editor', example('animal.txt'), async (scene) => {
  await explainAll(scene);
  const { editor } = scene;
  await editor.goTo(2, 1);
  const hover = await editor.hover('it');
  await hover.filter({ hasText: 'Attention of' }).waitFor();
  await keep(scene, 'editor-hover.png');
});

scenario('stepping through generation', example('shapes.ts'), async (scene) => {
  const { window, editor } = scene;
  await window.settings({ ...plainWindow, 'workbench.activityBar.location': 'default' });
  await window.page.setViewportSize({ width: 1100, height: 1400 });
  await editor.goTo(16, 19);
  await window.runCommand('Attention: Step Through Generation');
  const view = new GenerationView(window.page);
  await view.taken(0);
  for (let step = 1; step <= 12; step++) {
    await view.part('step').click();
    await view.taken(step);
  }
  await view.part('difference').getByText('same logits').waitFor();
  await keep(scene, 'generation-dark.png');
});

scenario('how a weight comes about', example('shapes.ts'), async (scene) => {
  await explainAll(scene, 2000);
  const { editor, panel } = scene;
  await editor.goTo(22, 1);
  await panel.part('head-3-2').click();
  await panel.token('return').click();
  await panel.part('tab-steps').click();
  await panel.part('weight-difference').waitFor();
  await panel.part('toolbar').hover();
  await keep(scene, 'steps-dark.png');
});

scenario('effect beside weight', example('animal.txt'), async (scene) => {
  await explainAll(scene, 2000);
  const { panel } = scene;
  await panel.token('it').click();
  await panel.part('tab-effect').click();
  await panel.frame.locator('[data-testid=effect][data-complete=true]').or(panel.part('run-effects')).first().waitFor();
  if (await panel.part('run-effects').isVisible()) await panel.part('run-effects').click();
  await panel.frame.locator('[data-testid=effect][data-complete=true]').waitFor();
  await panel.part('toolbar').hover();
  await keep(scene, 'effect-dark.png');
});

const cranes = ['By the lake the crane flew away.', 'At the harbour, the crane lifted a car.'];

scenario('two contexts', { 'crane.txt': cranes.join('\n') }, async (scene) => {
  const { window, editor } = scene;
  await window.settings(plainWindow);
  await window.page.setViewportSize({ width: 1600, height: 1100 });
  await window.runCommand('View: Toggle Primary Side Bar Visibility');
  for (const [index, line] of cranes.entries()) {
    await editor.select(index + 1, 1, line.length);
    await window.runCommand('Explain Attention: Compare Contexts');
  }
  await window.runCommand('Notifications: Clear All Notifications');
  const view = window.page
    .frameLocator('iframe.webview[src*="extensionId=explain-attention"]')
    .frameLocator('#active-frame');
  for (const side of [0, 1]) await view.locator(`[data-testid=matrix-${side}][data-state=ready]`).waitFor();
  for (const name of ['similarity', 'sources']) await view.locator(`[data-testid=${name}][data-state=ready]`).waitFor();
  await keep(scene, 'compare-dark.png');
});
