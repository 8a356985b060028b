import path from 'node:path';
import { expect } from 'vitest';
import { scenario, type Scene, useBrowser } from '../support/scenario.ts';

useBrowser();

const animal = { 'animal.txt': "The animal didn't cross the road because it was too tired.\n" };

async function pinRoad({ editor, panel }: Scene): Promise<void> {
  await editor.selectAll();
  await editor.explain();
  await panel.painted();
  await panel.token('road').click();
  await expect.poll(() => editor.pinnedText()).toBe('road');
}

/** Marks and title follow, and a token is shown in the new document. */
async function follows({ window, editor, panel }: Scene, name: string): Promise<void> {
  const tab = window.page.locator('.tabs-container').getByRole('tab', { name: `Attention: ${name} 1` });
  await tab.waitFor();
  await expect.poll(() => editor.pinnedText()).toBe('road');
  expect(await panel.part('stale').count()).toBe(0);
  expect(await panel.part('note').count()).toBe(0);
  await window.closeTab(name);
  await expect.poll(() => editor.lines.count()).toBe(0);
  await panel.part('reveal').click();
  await expect.poll(() => editor.pinnedText()).toBe('road');
}

scenario('Save As: what was explained follows', animal, async (scene) => {
  await pinRoad(scene);
  const { window, editor, workspace } = scene;
  await editor.goTo(1, 1);
  await window.saveByCommand('File: Save As...', path.join(workspace, 'beast.py'));
  await follows(scene, 'beast.py');
});

scenario('an untitled document is saved: what was explained follows', {}, async (scene) => {
  const { window, editor, workspace } = scene;
  await window.runCommand('File: New Untitled Text File');
  await editor.type(animal['animal.txt'].trim());
  await pinRoad(scene);
  await editor.goTo(1, 1);
  await window.saveByCommand('File: Save', path.join(workspace, 'saved.txt'));
  await follows(scene, 'saved.txt');
});

scenario('a file is renamed in the Explorer: what was explained follows', animal, async (scene) => {
  await pinRoad(scene);
  const { window, editor } = scene;
  await editor.goTo(1, 1);
  await window.page.getByRole('treeitem', { name: 'animal.txt' }).click();
  await window.page.keyboard.press('F2');
  const input = window.page.locator('.explorer-item input');
  await input.fill('creature.md');
  await input.press('Enter');
  await follows(scene, 'creature.md');
});

scenario('a file is deleted: the panel says why no token can be shown', animal, async (scene) => {
  await pinRoad(scene);
  const { window, panel, editor } = scene;
  await window.page.getByRole('treeitem', { name: 'animal.txt' }).click();
  await window.page.keyboard.press('Shift+Delete');
  await window.page.locator('.monaco-dialog-box').getByRole('button', { name: 'Delete' }).click();
  await expect.poll(() => editor.lines.count()).toBe(0);
  await panel.part('reveal').click();
  await panel.shows('note', /cannot be opened any more/);
});
