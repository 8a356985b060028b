import { expect } from 'vitest';
import { scenario, useBrowser, type Scene } from '../support/scenario.ts';

useBrowser();

const animal = { 'animal.txt': "The animal didn't cross the road because it was too tired.\n" };

async function explainAll({ editor, panel }: Scene): Promise<void> {
  await editor.selectAll();
  await editor.explain();
  await panel.painted();
}

scenario('hover in the panel previews, click pins, Escape peels', animal, async (scene) => {
  await explainAll(scene);
  const { editor, panel } = scene;
  const road = await panel.tokenIndex('road');
  const it = await panel.tokenIndex('it');

  await panel.token('road').hover();
  await expect.poll(() => panel.tokenRead()).toBe(road);
  await expect.poll(() => editor.decorations.count()).toBeGreaterThan(0);

  await panel.token('it').click();
  await panel.pinned('it');
  await panel.token('road').hover();
  await panel.part('toolbar').hover();
  await expect.poll(() => panel.tokenRead()).toBe(it);

  await panel.body.press('Escape');
  await panel.released();
});

scenario('a pin lays heat on the tokens in the editor', animal, async (scene) => {
  await explainAll(scene);
  const { editor, panel } = scene;
  await panel.token('road').click();
  await expect.poll(() => editor.pinnedText()).toBe('road');
  await panel.part('toolbar').hover();
  const withPin = await editor.decorations.count();
  expect(withPin).toBeGreaterThan(1);
  await panel.body.press('Escape');
  await expect.poll(() => editor.decorations.count()).toBe(0);
});

scenario('hover in the editor: a table of partners, with a link that pins', animal, async (scene) => {
  await explainAll(scene);
  const { editor, panel } = scene;
  const hover = await editor.hover('because');
  await expect.poll(() => hover.innerText()).toContain('Attention of');
  const text = await hover.innerText();
  expect(text).toMatch(/looks at/i);
  expect(text).toMatch(/is looked at by/i);
  expect(text).toContain('Mean of all heads');
  expect(text).toMatch(/0\.\d{3}/);
  await hover.getByRole('link', { name: 'Pin' }).click();
  await panel.pinned('because');
});

scenario('the caret in the editor lights its token in the panel', animal, async (scene) => {
  await explainAll(scene);
  const { editor, panel } = scene;
  await editor.goTo(1, 30);
  await panel.lit('road');
});

scenario('heads, direction, scale, sink and zoom change what is drawn', animal, async (scene) => {
  await explainAll(scene);
  const { panel } = scene;
  const drawn = [await panel.picture()];
  const changed = async (): Promise<void> => {
    await expect.poll(async () => drawn.includes(await panel.picture())).toBe(false);
    drawn.push(await panel.picture());
  };
  await panel.part('head-2-3').click();
  await panel.shows('heads-title', 'Layer 2 · Head 3');
  await changed();
  await panel.frame.getByRole('radio', { name: 'Max' }).click();
  await changed();
  await panel.frame.getByRole('radio', { name: 'Log' }).click();
  await changed();
  await panel.part('sink-apart').click();
  await changed();
  await panel.part('zoom-in').click();
  await changed();
  const looksAt = await panel.part('ranked-list').innerText();
  await panel.frame.getByRole('radio', { name: 'Looked at by' }).click();
  await expect.poll(() => panel.part('ranked-list').innerText()).not.toBe(looksAt);
});

scenario('the pointer over the matrix reads its cell', animal, async (scene) => {
  await explainAll(scene);
  const { panel } = scene;
  const seen = new Set<string>();
  for (const share of [0.4, 0.5, 0.6, 0.7]) {
    await panel.hoverMatrix(share * 0.9, share);
    seen.add(await panel.part('readout').innerText());
  }
  expect([...seen].filter((text) => /weight\s+(less than )?\.?\d/i.test(text)).length).toBeGreaterThan(1);
});

scenario('by keyboard alone: into the panel, along the tokens, pin, release', animal, async (scene) => {
  await explainAll(scene);
  const { window, panel } = scene;
  await window.runCommand('Attention: Show Panel');
  await panel.tabTo('text');
  await window.page.keyboard.press('ArrowLeft');
  await expect.poll(() => panel.announcedToken()).toBeGreaterThan(0);
  const token = await panel.announcedToken();
  await window.page.keyboard.press('ArrowLeft');
  await expect.poll(() => panel.announcedToken()).toBe(token - 1);
  await window.page.keyboard.press('Enter');
  await panel.frame.locator(`.token.pinned[data-token="${token - 1}"]`).waitFor();
  await window.page.keyboard.press('Escape');
  await window.page.keyboard.press('Escape');
  await panel.released();
});
