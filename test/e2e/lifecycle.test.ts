import { expect } from 'vitest';
import { scenario, useBrowser, type Scene } from '../support/scenario.ts';
import { themes } from '../support/vscodeWindow.ts';

useBrowser();

const animal = { 'animal.txt': "The animal didn't cross the road because it was too tired.\n" };
const cranes = { 'crane.txt': 'The crane flew away.\nThe crane lifted a car.\n' };

/** What VS Code keeps for the panel. */
const restorePoint = /restore\\*":\{/;

async function explainAll({ editor, panel }: Scene): Promise<void> {
  await editor.selectAll();
  await editor.explain();
  await panel.painted();
}

/** Starts a run and holds its model process, so that the run stays under way. */
async function explainAndHold({ window, editor, panel }: Scene): Promise<number> {
  await editor.explain();
  const [process_] = await window.waitForModelProcesses(1);
  process.kill(process_!, 'SIGSTOP');
  await panel.part('running').waitFor();
  return process_!;
}

/** Holds every model process but one that there is until a promise settles. */
async function holdNewProcesses(window: Scene['window'], old: number, until: Promise<unknown>): Promise<void> {
  let isOver = false;
  void until.finally(() => (isOver = true)).catch(() => undefined);
  while (!isOver) {
    for (const id of await window.modelProcesses()) if (id !== old) process.kill(id, 'SIGSTOP');
  }
}

scenario('a change of theme is followed live', animal, async (scene) => {
  await explainAll(scene);
  const { window, panel } = scene;
  const pictures = new Set<string>();
  for (const theme of themes) {
    await window.theme(theme);
    await panel.frame.locator(`body[data-vscode-theme-id="${theme}"]`).waitFor();
    await expect.poll(async () => pictures.has(await panel.picture())).toBe(false);
    pictures.add(await panel.picture());
    await window.screenshot(`theme-${theme}`);
  }
  expect(pictures.size).toBe(themes.length);
});

scenario('a reload brings the panel back, with its pin and its head', animal, async (scene) => {
  await explainAll(scene);
  const { window, panel } = scene;
  await panel.part('head-1-2').click();
  await panel.token('road').click();
  await panel.pinned('road');
  await window.stored(new RegExp(`token\\\\*":${await panel.tokenIndex('road')}\\b`));
  await window.reload();
  await panel.painted();
  await panel.shows('heads-title', 'Layer 1 · Head 2');
  await panel.pinned('road');
});

scenario('an edit: the panel says so, heat leaves, a new run shows the new text', animal, async (scene) => {
  await explainAll(scene);
  const { editor, panel } = scene;
  await panel.token('road').click();
  await expect.poll(() => editor.decorations.count()).toBeGreaterThan(0);
  await editor.goTo(1, 5);
  await editor.type('old ');
  await panel.part('stale').waitFor();
  await expect.poll(() => editor.decorations.count()).toBe(0);
  await panel.part('stale').getByRole('button', { name: 'Run Again' }).click();
  await panel.part('stale').waitFor({ state: 'detached' });
  await panel.painted();
  await panel.shows('text', 'old');
});

scenario('closing the panel leaves nothing in the editor', animal, async (scene) => {
  await explainAll(scene);
  const { window, editor, panel } = scene;
  await panel.token('road').click();
  await expect.poll(() => editor.decorations.count()).toBeGreaterThan(0);
  await window.closeTab('Attention');
  await expect.poll(() => panel.body.count()).toBe(0);
  await expect.poll(() => editor.decorations.count()).toBe(0);
  await editor.goTo(1, 10);
  const hovers = window.page.locator('.monaco-hover:not(.hidden)', { hasText: 'Attention of' });
  await window.page.mouse.move(...(await editor.centreOf('because')));
  await window.page.waitForTimeout(1500);
  expect(await hovers.count()).toBe(0);
});

scenario('closing the file leaves the panel, from which a token opens it again', cranes, async (scene) => {
  await explainAll(scene);
  const { window, editor, panel } = scene;
  await panel.token('car').click();
  await expect.poll(() => editor.pinnedText()).toBe('car');
  await window.closeTab('crane.txt');
  await expect.poll(() => editor.lines.count()).toBe(0);
  await panel.part('reveal').click();
  await expect.poll(() => editor.pinnedText()).toBe('car');
});

scenario('a model process killed in the middle of a run: one message, a retry works', animal, async (scene) => {
  const { window, editor, panel } = scene;
  await editor.selectAll();
  const held = await explainAndHold(scene);
  process.kill(held, 'SIGKILL');
  await panel.part('failed').waitFor();
  await panel.alert.filter({ hasText: 'The model process ended' }).waitFor();
  await expect.poll(() => window.notifications.count()).toBe(1);
  expect(await window.notifications.innerText()).toContain('Show Log');
  await panel.button('Run Again').click();
  await panel.part('failed').waitFor({ state: 'hidden' });
  await panel.painted();
  const [restarted] = await window.waitForModelProcesses(1);
  expect(restarted).not.toBe(held);
});

scenario('cancel ends a run that hangs, and the next run works', animal, async (scene) => {
  const { window, editor, panel } = scene;
  await editor.selectAll();
  const held = await explainAndHold(scene);
  await panel.part('cancel').first().click();
  await panel.shows('stopped', 'The run was cancelled');
  await expect.poll(async () => (await window.modelProcesses()).includes(held)).toBe(false);
  await panel.part('run').click();
  await panel.painted();
});

scenario('cancel brings the earlier result back: matrix, pin and marks', cranes, async (scene) => {
  const { window, editor, panel } = scene;
  await editor.select(1, 1, 20);
  await editor.explain();
  await panel.painted();
  await panel.part('head-1-2').click();
  await panel.token('away').click();
  await expect.poll(() => editor.pinnedText()).toBe('away');
  await panel.painted();
  const picture = await panel.picture();
  const [held] = await window.waitForModelProcesses(1);
  process.kill(held!, 'SIGSTOP');
  await editor.select(2, 1, 23);
  await editor.explain();
  await panel.part('cancel').first().click();
  await panel.painted();
  await panel.pinned('away');
  await panel.shows('heads-title', 'Layer 1 · Head 2');
  await expect.poll(() => panel.picture()).toBe(picture);
  await expect.poll(() => editor.pinnedText()).toBe('away');
});

scenario('a reload: the panel shows its run at once, and it can be cancelled', animal, async (scene) => {
  await explainAll(scene);
  const { window, panel } = scene;
  await window.stored(restorePoint);
  const [before] = await window.modelProcesses();
  const shown = window.reload().then(() => panel.part('running').getByText('animal.txt 1').waitFor());
  await holdNewProcesses(window, before!, shown);
  await shown;
  await panel.part('cancel').first().click();
  await panel.shows('stopped', 'The animal didn');
});

const pages = { 'pages.txt': "The animal didn't cross the road because it was too tired.\n".repeat(100) };

scenario('a reload: a long text is run again only when the user says so', pages, async (scene) => {
  await explainAll(scene);
  const { window, panel } = scene;
  await window.stored(restorePoint);
  await window.reload();
  await panel.shows('stopped', /The window was reloaded.*5,900 characters.*The animal didn/s);
  await window.screenshot('reloaded');
  expect(await window.modelProcesses()).toEqual([]);
  await panel.part('run').click();
  await panel.painted();
});

scenario('a reload brings an untitled document and what was explained of it back', {}, async (scene) => {
  const { window, editor, panel } = scene;
  await window.runCommand('File: New Untitled Text File');
  await editor.type('Nobody saved this sentence.');
  await explainAll(scene);
  await window.stored(restorePoint);
  await window.reload();
  await panel.painted();
  await panel.shows('text', 'Nobody');
});

scenario('of two runs in quick succession the later one is shown', cranes, async (scene) => {
  const { window, editor, panel } = scene;
  await editor.select(1, 1, 20);
  const held = await explainAndHold(scene);
  await editor.select(2, 1, 23);
  await editor.explain();
  process.kill(held, 'SIGCONT');
  await panel.painted();
  await panel.shows('text', 'lifted');
  await window.page.waitForTimeout(2000);
  expect(await panel.part('text').innerText()).not.toContain('flew');
  expect(await window.notifications.count()).toBe(0);
});

scenario('a window that closes takes its model process along', animal, async (scene) => {
  await explainAll(scene);
  const { window } = scene;
  await window.waitForModelProcesses(1);
  await window.close();
  await window.waitForModelProcesses(0);
});
