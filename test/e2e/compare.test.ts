import type { FrameLocator, Locator } from 'playwright-core';
import { expect } from 'vitest';
import { scenario, useBrowser, type Scene } from '../support/scenario.ts';
import { themes } from '../support/vscodeWindow.ts';

useBrowser();

const [first, second] = ['By the lake the crane flew away.', 'At the harbour, the crane lifted a car.'] as const;
const cranes = { 'crane.txt': `${first}\n${second}\n` };

/** The view «Compare Contexts»: a webview, so a frame within a frame. No other one of ours may be open. */
function frameOf({ window }: Scene): FrameLocator {
  return window.page.frameLocator('iframe.webview[src*="extensionId=explain-attention"]').frameLocator('#active-frame');
}

function part(scene: Scene, name: string): Locator {
  return frameOf(scene).getByTestId(name);
}

/** Waits until both texts are shown with their numbers. */
async function painted(scene: Scene): Promise<void> {
  await part(scene, 'ready').waitFor({ timeout: 60_000 });
  for (const side of [0, 1]) await frameOf(scene).locator(`[data-testid=matrix-${side}][data-state=ready]`).waitFor();
  for (const name of ['similarity', 'sources']) {
    await frameOf(scene).locator(`[data-testid=${name}][data-state=ready]`).waitFor();
  }
}

/** Compares the two lines, one selected after the other. */
async function compareLines(scene: Scene): Promise<void> {
  const { editor, window } = scene;
  await editor.select(1, 1, first.length);
  await window.runCommand('Explain Attention: Compare Contexts');
  await expect
    .poll(() => window.notifications.allInnerTexts())
    .toContainEqual(expect.stringContaining('first context'));
  await editor.select(2, 1, second.length);
  await window.runCommand('Explain Attention: Compare Contexts');
  await painted(scene);
}

scenario('two contexts, one after the other: the shared word is read differently', cranes, async (scene) => {
  await compareLines(scene);
  for (const [side, text] of [first, second].entries()) {
    expect((await part(scene, `text-${side}`).innerText()).replaceAll('\n', ' ')).toContain(text.slice(0, 12));
  }
  const cosines = (await part(scene, 'cosines').locator('li b').allTextContents()).map(Number);
  expect(cosines).toHaveLength(6);
  expect(Math.min(...cosines)).toBeLessThan(0.999);
  expect(await part(scene, 'words').innerText()).toContain('“crane”');
  for (const theme of themes) {
    await scene.window.theme(theme);
    await frameOf(scene).locator(`body[data-vscode-theme-id="${theme}"]`).waitFor();
    await scene.window.screenshot(`compare-${theme}`);
  }
});

scenario('a reload brings both contexts back, with what was chosen', cranes, async (scene) => {
  await compareLines(scene);
  await part(scene, 'layers').selectOption('2');
  await part(scene, 'text-0').locator('[data-token="3"]').first().click();
  await part(scene, 'text-0').locator('[data-token="3"].pinned').first().waitFor();
  await scene.window.stored(/tokens\\*":\[3,.*layers\\*":2\b/);
  await scene.window.reload();
  await painted(scene);
  expect(await part(scene, 'layers').inputValue()).toBe('2');
  await part(scene, 'text-0').locator('[data-token="3"].pinned').first().waitFor();
});

scenario('by the context menu, then by keyboard alone', cranes, async (scene) => {
  const { editor, window } = scene;
  await editor.select(1, 1, first.length);
  await editor.chooseFromContextMenu('lake', 'Compare: Take This as First');
  await editor.select(2, 1, second.length);
  await editor.chooseFromContextMenu('harbour', 'Compare With First');
  await painted(scene);
  await part(scene, 'text-1').focus();
  await window.page.keyboard.press('ArrowRight');
  await expect.poll(() => part(scene, 'announcement').innerText()).toMatch(/^Token \d+: /);
  const token = Number(/\d+/.exec(await part(scene, 'announcement').innerText())?.[0]);
  await window.page.keyboard.press('Enter');
  await part(scene, 'text-1').locator(`[data-token="${token}"].pinned`).first().waitFor();
});

scenario('an edit: the view says so, and runs again', cranes, async (scene) => {
  await compareLines(scene);
  await scene.editor.goTo(2, 8);
  await scene.editor.type('new ');
  await part(scene, 'stale').getByRole('button', { name: 'Run Again' }).click();
  await part(scene, 'stale').waitFor({ state: 'detached' });
  await painted(scene);
  expect(await part(scene, 'text-1').innerText()).toContain('new');
});
