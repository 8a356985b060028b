import { expect } from 'vitest';
import { GenerationView } from '../support/generationView.ts';
import { scenario, useBrowser, type Scene } from '../support/scenario.ts';
import { themes } from '../support/vscodeWindow.ts';

useBrowser();

const animal = { 'animal.txt': "The animal didn't cross the road because it was" };
const TITLE = 'Attention: Step Through Generation';
const FOCUS = 'Explain Attention: Focus on Step Through Generation View';

/** Starts from the whole file and waits for the prompt's pass. */
async function startAll({ window, editor }: Scene): Promise<GenerationView> {
  await editor.selectAll();
  await window.runCommand(TITLE);
  const view = new GenerationView(window.page);
  await view.taken(0);
  return view;
}

scenario('from the selection: step, back, branch and back to it, heat in the editor', animal, async (scene) => {
  const view = await startAll(scene);
  await view.part('step').click();
  await view.taken(1);
  await expect.poll(() => scene.editor.decorations.count()).toBeGreaterThan(0);
  await view.part('step').click();
  await view.taken(2);
  const before = await view.text();
  await view.part('back').click();
  await view.taken(1);
  await view.part('candidates').getByRole('button').nth(1).click();
  await view.taken(2);
  expect(await view.text()).not.toEqual(before);
  await view.part('branches').getByRole('button').click();
  await expect.poll(() => view.text()).toEqual(before);
  expect(await view.part('difference').innerText()).toContain('same logits');
});

scenario('a typed prompt, by keyboard alone: play, pause, and to both ends', animal, async ({ window }) => {
  await window.runCommand(FOCUS);
  const view = new GenerationView(window.page);
  await view.part('prompt').focus();
  await window.page.keyboard.type('Once upon a');
  await window.page.keyboard.press('Enter');
  await view.taken(0);
  await view.part('stream').press('ArrowRight');
  await view.taken(1);
  await view.part('section-tokens').press(' ');
  await expect.poll(() => view.takenNow(), { timeout: 20_000 }).toBeGreaterThan(3);
  await view.part('section-tokens').press(' ');
  await expect.poll(() => view.part('play').getAttribute('aria-pressed')).toBe('false');
  await view.part('section-tokens').press('Home');
  await view.taken(0);
});

scenario('a window evicts, in every theme', animal, async (scene) => {
  const view = await startAll(scene);
  await view.part('policy').selectOption('sinks');
  await view.part('effect').waitFor();
  for (const theme of themes) {
    await scene.window.theme(theme);
    await view.frame.locator(`body[data-vscode-theme-id="${theme}"]`).waitFor();
    await scene.window.screenshot(`generation-${theme}`);
  }
});

scenario('a hidden view comes back as it was; what was generated goes into the editor', animal, async (scene) => {
  const { window, editor } = scene;
  const view = await startAll(scene);
  await view.part('step').click();
  await view.taken(1);
  const text = (await view.text()).join('');
  await window.page
    .getByRole('tab', { name: /^Explorer/ })
    .first()
    .click();
  await expect.poll(() => view.part('ready').count()).toBe(0);
  await expect.poll(() => editor.decorations.count()).toBe(0);
  await window.runCommand(FOCUS);
  await view.taken(1);
  await editor.goTo(1, 100);
  await window.runCommand('Attention: Insert Generated Text');
  const shown = async (): Promise<string> => (await editor.lines.allTextContents()).join('').replaceAll('\u00a0', ' ');
  await expect.poll(shown).toContain(`it was${text}`);
});

scenario('a reload offers to start again from the same tokens', animal, async (scene) => {
  const { window } = scene;
  const view = await startAll(scene);
  await view.part('step').click();
  await view.taken(1);
  const before = await view.text();
  await window.stored(/chosenBy/);
  await window.reload();
  await window.runCommand(FOCUS);
  await view.part('offer').getByRole('button').click();
  await view.taken(1);
  expect(await view.text()).toEqual(before);
});

scenario('a model process killed while playing: told once, one click goes on', animal, async (scene) => {
  const { window } = scene;
  const view = await startAll(scene);
  await view.part('speed').selectOption('max');
  await view.part('play').click();
  await expect.poll(() => view.takenNow(), { timeout: 20_000 }).toBeGreaterThan(1);
  const [held] = await window.waitForModelProcesses(1);
  process.kill(held!, 'SIGSTOP');
  await window.page.waitForTimeout(500);
  process.kill(held!, 'SIGKILL');
  await view.part('failed').waitFor();
  expect(await view.part('failed').innerText()).toContain('The model process ended');
  await view.button('Start Again').click();
  await view.part('ready').waitFor();
  expect(await view.takenNow()).toBeGreaterThan(1);
});
