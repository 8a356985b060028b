import { expect } from 'vitest';
import { scenario, useBrowser } from '../support/scenario.ts';

useBrowser();

const explain = 'Attention: Explain Attention';
const animal = { 'animal.txt': "The animal didn't cross the road because it was too tired.\n" };

scenario('from the palette: the panel shows the selection, its matrix painted', animal, async (scene) => {
  const { window, editor, panel } = scene;
  await editor.selectAll();
  await window.runCommand(explain);
  await panel.painted();
  expect(await panel.colours()).toBeGreaterThan(10);
  await panel.shows('text', 'animal');
  await panel.shows('check', 'Checked');
});

scenario('from the context menu, of a part of a line', animal, async ({ editor, panel }) => {
  await editor.select(1, 5, 6);
  await editor.chooseFromContextMenu('animal', 'Explain Attention');
  await panel.painted();
  const text = await panel.part('text').innerText();
  expect(text).toContain('animal');
  expect(text).not.toContain('road');
});

scenario('by the key chord', animal, async ({ editor, panel }) => {
  await editor.selectAll();
  await editor.explain();
  await panel.painted();
});

const twoLines = { 'two.txt': 'The cat sat on the mat.\nThe dog chased the ball.\n' };

scenario('nothing selected: the line is explained, the panel says so and offers the file', twoLines, async (scene) => {
  const { editor, panel } = scene;
  await editor.goTo(1, 3);
  await editor.explain();
  await panel.painted();
  await panel.shows('note', 'Nothing was selected');
  await panel.shows('text', 'mat');
  expect(await panel.part('text').innerText()).not.toContain('ball');
  await panel.part('explain-file').click();
  await panel.shows('text', 'ball');
  expect(await panel.part('note').count()).toBe(0);
});

const control = { 'control.txt': 'one<|endoftext|>two\n' };

scenario('special tokens in the text: said, and read as such once the switch says so', control, async (scene) => {
  const { editor, panel } = scene;
  await editor.selectAll();
  await editor.explain();
  await panel.painted();
  await panel.shows('special-tokens', 'read as ordinary text: <|endoftext|>');
  await panel.shows('token-count', '11 tokens');
  await panel.frame.getByRole('radio', { name: 'As special' }).click();
  await panel.shows('special-tokens', 'read as special tokens: <|endoftext|>');
  await panel.shows('token-count', '5 tokens');
  await panel.frame.getByRole('radio', { name: 'As text' }).click();
  await panel.shows('token-count', '11 tokens');
});

scenario('an empty document: said, no panel', { 'empty.txt': '' }, async ({ window, editor, panel }) => {
  await editor.explain();
  await window.notifications.filter({ hasText: 'This document is empty' }).waitFor();
  expect(await panel.body.count()).toBe(0);
});

scenario('a binary file: said, no panel', { 'a.bin': Uint8Array.from({ length: 512 }, (_, i) => i) }, async (scene) => {
  const { window, panel } = scene;
  await window.runCommand(explain);
  await window.notifications.filter({ hasText: 'not open as text' }).waitFor();
  expect(await panel.body.count()).toBe(0);
});

const huge = Array.from({ length: 9000 }, (_, line) => `Line ${line} of a file that no model can read at once.\n`);

scenario('a huge selection: cut at a token, and the panel says where', { 'huge.txt': huge.join('') }, async (scene) => {
  const { editor, panel } = scene;
  await editor.selectAll();
  await editor.explain();
  // The longest run that there is: half a minute on two cores that do nothing else.
  await panel.painted(150_000);
  await panel.shows('cut', /^Only the first [\d,]+ of 9,000 lines .* 16,384 tokens\. At most 16,384 tokens/);
  const text = await panel.part('text').innerText();
  expect(text).toContain('Line 0');
  expect(text).not.toContain('Line 8999');
});

scenario('an untitled document', {}, async ({ window, editor, panel }) => {
  await window.runCommand('File: New Untitled Text File');
  await editor.type('Nobody saved this sentence.');
  await editor.selectAll();
  await editor.explain();
  await panel.painted();
  await panel.shows('text', 'Nobody');
});

scenario('a read-only editor', animal, async ({ window, editor, panel }) => {
  await window.runCommand('File: Set Active Editor Read-only in Session');
  await editor.selectAll();
  await editor.explain();
  await panel.painted();
});

const notebook = JSON.stringify({
  cells: [{ cell_type: 'code', execution_count: null, metadata: {}, outputs: [], source: ['total = price * count\n'] }],
  metadata: { language_info: { name: 'python' } },
  nbformat: 4,
  nbformat_minor: 5,
});

scenario('a notebook cell', { ...animal, 'prices.ipynb': notebook }, async ({ window, editor, panel }) => {
  await window.openFromExplorer('prices.ipynb');
  await window.page.locator('.notebookOverlay .view-line').first().click();
  await window.page.keyboard.press('Control+a');
  await editor.explain();
  await panel.painted();
  await panel.shows('text', 'price');
});

const versions = { 'new.txt': 'The crane lifted a car.\n', 'old.txt': 'The crane flew away.\n' };

scenario('the right side of a diff', versions, async ({ window, editor, panel }) => {
  await window.compareInExplorer('old.txt', 'new.txt');
  await window.page.locator('.editor.modified .view-line').first().click();
  await window.page.keyboard.press('Control+a');
  await editor.explain();
  await panel.painted();
  await panel.shows('text', 'lifted');
});

scenario(
  'what precedes a selection: offered, read with it, kept over a reload, left out again',
  twoLines,
  async (scene) => {
    const { window, editor, panel } = scene;
    await editor.select(2, 1, 10);
    await editor.explain();
    await panel.painted();
    await panel.shows('preceding', 'Explained by itself');
    const tokens = await panel.part('text').locator('[data-token]').count();
    await panel.part('preceding').getByRole('button').click();
    await panel.shows('preceding', 'The bar marks');
    await panel.painted();
    expect(await panel.part('text').locator('[data-token]').count()).toBeGreaterThan(tokens);
    await window.screenshot('preceding');
    await window.stored(/from\\*":0\b/);
    await window.reload();
    await panel.painted();
    await panel.shows('preceding', 'The bar marks');
    await panel.button('Explain the selection alone').click();
    await panel.shows('preceding', 'Explained by itself');
    await panel.painted();
    expect(await panel.part('text').locator('[data-token]').count()).toBe(tokens);
  },
);
