import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import { root } from '../../scripts/setup/places.mjs';
import { scenario, useBrowser } from '../support/scenario.ts';
import { readSafetensorsFile } from '../unit/safetensors.ts';

useBrowser();

/** Some ten thousand tokens; the last line has a name of its own. */
const functions = Array.from({ length: 620 }, (_, n) => `function step${n}(a, b) {\n  return a + b;\n}\n`);
const text = `${functions.join('')}const finished = step1(1, 2);\n`;
/** A run of this length, on a machine that does other things too. */
const patience = 120_000;

scenario(
  'a whole file of ten thousand tokens: cancelled, run, zoomed to a cell, read at its end',
  { 'long.ts': text },
  async (scene) => {
    const { window, editor, panel, workspace } = scene;
    await window.runCommand('Attention: Explain Attention of the Whole File');
    await panel.part('preview').waitFor({ timeout: patience });
    expect(await panel.part('passes').innerText()).toMatch(/^[\d,]+ of [\d,]{5,} tokens( · about \d+ (s|min) left)?$/);
    await panel.part('cancel').first().click();
    await panel.shows('stopped', 'The run was cancelled');

    await panel.button('Run Again').click();
    await panel.part('ready').waitFor({ timeout: patience });
    await panel.frame.locator('[data-testid="matrix"][data-state="ready"]').waitFor();
    const tokens = Number((await panel.part('token-count').innerText()).replaceAll(/\D/g, ''));
    expect(tokens).toBeGreaterThan(9_000);
    await panel.shows('pooled', /^each pixel: the largest of/);

    await panel.matrix.focus();
    await window.page.keyboard.press('g');
    await panel.part('go-to').locator('input').fill('finished');
    await window.page.keyboard.press('Enter');
    await expect.poll(() => panel.tokenRead()).toBeGreaterThan(tokens - 30);
    const token = await panel.tokenRead();
    await panel.matrix.focus();
    for (let step = 0; step < 20; step++) await window.page.keyboard.press('+');
    await panel.part('pooled').waitFor({ state: 'detached' });

    const strongest = panel.part('ranked-list').getByRole('option').first();
    const partner = Number(await strongest.getAttribute('data-token'));
    const shown = Number(await strongest.locator('.weight').innerText());
    const out = path.join(workspace, 'rows.safetensors');
    const rows = ['--rows', `${token}:${token + 1}`, '--text-file', path.join(workspace, 'long.ts'), '--out', out];
    expect(await meanWeight(rows, out, partner)).toBeCloseTo(shown, 3);

    const line = Number(/line (\d+)/.exec(await strongest.innerText())?.[1]);
    expect(line).toBeLessThan(functions.length);
    // The ruler has room beyond the last line.
    const place = line / text.split('\n').length;
    const isMarked = (marks: readonly number[]): boolean => marks.some((mark) => Math.abs(mark - place) < 0.02);
    await expect.poll(() => editor.rulerMarks()).toSatisfy(isMarked);
    await editor.goTo(text.split('\n').length - 1, 1);
    const hover = await editor.hover('finished');
    await hover.filter({ hasText: 'Attention of' }).waitFor();
  },
);

/** The mean of all heads, as the command line writes them. */
async function meanWeight(rows: readonly string[], out: string, partner: number): Promise<number> {
  await promisify(execFile)(process.execPath, [path.join(root, 'dist', 'cli.mjs'), 'explain', ...rows]);
  const { tensors } = await readSafetensorsFile(out);
  const layers = [...tensors].filter(([name]) => name.startsWith('attention.')).map(([, tensor]) => tensor);
  const weights = layers.flatMap(({ data, shape }) => {
    const [heads = 0, , keys = 0] = shape;
    return Array.from({ length: heads }, (_, head) => Number(data[head * keys + partner]));
  });
  return weights.reduce((sum, weight) => sum + weight, 0) / weights.length;
}
