import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'vitest';
import { poll } from '../../scripts/setup/shell.mjs';
import { scenario, useBrowser } from '../support/scenario.ts';

useBrowser();

const animal = { 'animal.txt': "The animal didn't cross the road because it was too tired.\n" };

/** Waits until a file is there, whole. */
async function written(file: string): Promise<string> {
  const content = await poll(async () => {
    return (await readFile(file, 'utf8').catch(() => '')) || undefined;
  }, 20_000);
  if (content === undefined) throw new Error(`${file} was not written.`);
  return content;
}

scenario('export from the panel and from the palette, through the save dialog', animal, async (scene) => {
  const { window, editor, panel, workspace } = scene;
  const input = window.page.locator('.quick-input-widget input.input');
  await editor.selectAll();
  await editor.explain();
  await panel.painted();

  await panel.part('export').click();
  await panel.part('export-csv').click();
  await expect.poll(() => input.inputValue().catch(() => '')).toContain('animal.txt-1-mean.csv');
  await input.press('Enter');
  const csv = await written(path.join(workspace, 'animal.txt-1-mean.csv'));
  const tokens = csv.trimEnd().split('\r\n').slice(1);
  expect(tokens.map((line) => Number(line.split(',')[0]))).toEqual(tokens.map((_, query) => query));

  await window.chooseByCommand('Attention: Export…', 'Take away what the Attention panel shows', 'SVG');
  await expect.poll(() => input.inputValue().catch(() => '')).toContain('animal.txt-1-mean.svg');
  await input.press('Enter');
  expect(await written(path.join(workspace, 'animal.txt-1-mean.svg'))).toContain('Mean of 48 heads');

  await panel.part('export').click();
  await panel.part('export-png').click();
  await expect.poll(() => input.inputValue().catch(() => '')).toContain('animal.txt-1-mean.png');
  await input.press('Escape');
  await input.waitFor({ state: 'hidden' });
  expect((await readdir(workspace)).filter((name) => name.endsWith('.png'))).toEqual([]);
});
