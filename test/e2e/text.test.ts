import { expect } from 'vitest';
import { scenario, useBrowser } from '../support/scenario.ts';

useBrowser();

const markup = '<img src=x onerror="document.title=1"><script>document.title=2</script> [link](command:x) `code`';

scenario('text that looks like HTML, script or Markdown is shown as text', { 'page.txt': markup }, async (scene) => {
  const { editor, panel } = scene;
  await editor.selectAll();
  await editor.explain();
  await panel.painted();
  const text = panel.part('text');
  expect((await text.innerText()).replaceAll(/\s+/g, ' ')).toContain('<img src=x onerror="document.title=1">');
  expect(await panel.frame.locator('img, main script').count()).toBe(0);
  const hover = await editor.hover('script');
  await expect.poll(() => hover.innerText()).toContain('Attention of');
  expect(await hover.locator('img, script, a[data-href="command:x"]').count()).toBe(0);
});

const international = 'naïve 👩‍👩‍👧 pays 5 €\r\n漢字とかな ends here\r\n';

scenario('emoji and CRLF: tokens stand where they stand in the editor', { 'utf.txt': international }, async (scene) => {
  const { editor, panel } = scene;
  await editor.selectAll();
  await editor.explain();
  await panel.painted();
  const shown = await panel.part('text').innerText();
  for (const part of ['naïve', '👩‍👩‍👧', '€', '漢字とかな', 'ends']) expect(shown).toContain(part);
  await panel.token('ends').click();
  await expect.poll(() => editor.pinnedText()).toBe('ends');
});
