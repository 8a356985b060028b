import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunSummary } from '../../src/protocol/run.ts';
import { PanelWorkshop, type PanelPage } from './panelPage.ts';

let workshop: PanelWorkshop;
let animal: RunSummary;

beforeAll(async () => {
  workshop = await PanelWorkshop.open();
  animal = await workshop.explain("The animal didn't cross the road because it was too tired.");
});
afterAll(() => workshop.close());

async function opened(run: RunSummary, theme: 'dark' | 'light' | 'hc-dark' | 'hc-light' = 'dark'): Promise<PanelPage> {
  const panel = await workshop.page({ theme });
  await panel.show(run);
  return panel;
}

interface Drawing {
  readonly error: boolean;
  readonly names: readonly string[];
  readonly texts: readonly string[];
  readonly width: number;
  readonly height: number;
}

/** What a browser's XML parser makes of an SVG file. */
async function parsed(panel: PanelPage): Promise<Drawing> {
  const { run } = animal;
  return drawingOf(panel, run);
}

async function drawingOf(panel: PanelPage, run: number): Promise<Drawing> {
  const picture = await panel.host.picture(run, 'svg');
  if (picture.kind !== 'svg') throw new Error(picture.kind);
  return panel.page.evaluate((text) => {
    const document = new DOMParser().parseFromString(text, 'image/svg+xml');
    const elements = [...document.querySelectorAll('*')];
    const root = document.documentElement;
    return {
      error: document.querySelector('parsererror') !== null,
      names: [...new Set(elements.map((element) => element.localName))].sort(),
      texts: [...document.querySelectorAll('text')].map((element) => element.textContent),
      width: Number(root.getAttribute('width')),
      height: Number(root.getAttribute('height')),
    };
  }, picture.text);
}

describe('a picture', () => {
  test('as SVG: an XML document with the caption, every token twice, the weights, and nothing that acts', async () => {
    const panel = await opened(animal);
    const { error, names, texts } = await parsed(panel);
    expect({ error, names }).toEqual({ error: false, names: ['path', 'rect', 'svg', 'text', 'title'] });
    expect(texts[0]).toBe('Attention weights: Layer 2 · Head 1');
    expect(texts[1]).toContain('default, fp16 → fp32, 6 layers of 8 heads');
    expect(texts[2]).toContain(`example.ts 12–19: ${animal.tokens.length} tokens`);
    expect(texts.filter((text) => text === '·road')).toHaveLength(2);
    const region = {
      run: animal.run,
      heads: { kind: 'head', layer: 2, head: 1 },
      quantity: 'weight',
      rows: { start: 0, end: animal.tokens.length },
      columns: { start: 1, end: animal.tokens.length },
      block: { rows: 1, columns: 1 },
      pooling: 'max',
    } as const;
    const { data } = await workshop.engine.slice(region, new AbortController().signal);
    const shown = [...data].filter((weight) => weight >= 0.045);
    expect(texts.filter((text) => /^(\.\d\d|1)$/.test(text))).toHaveLength(shown.length);
    await panel.page.context().close();
  });

  test('as SVG of a hostile text is still one document that shows the text', async () => {
    const text = '<script>alert(1)</script> &amp; "]]>\' \u0000\u0008\u202e \ufffe ]]> <!-- 🦘 -->';
    const run = await workshop.explain(text);
    const panel = await opened(run);
    const { error, names, texts } = await drawingOf(panel, run.run);
    expect({ error, names }).toEqual({ error: false, names: ['path', 'rect', 'svg', 'text', 'title'] });
    expect(texts.join('\n')).toContain('script');
    expect(panel.errors).toEqual([]);
    await panel.page.context().close();
  });

  test.each(['dark', 'light', 'hc-dark', 'hc-light'] as const)(
    'as PNG, twice the size, in the theme %s',
    async (theme) => {
      const panel = await opened(animal, theme);
      const picture = await panel.host.picture(animal.run, 'png');
      if (picture.kind !== 'png') throw new Error(picture.kind);
      const bytes = Buffer.from(picture.data);
      const { width, height } = await parsed(panel);
      expect(bytes.toString('latin1', 12, 16)).toBe('IHDR');
      expect([bytes.readUInt32BE(16), bytes.readUInt32BE(20)]).toEqual([width * 2, height * 2]);
      const colours = await panel.page.evaluate(async (base64) => {
        const blob = new Blob([Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))]);
        const image = await createImageBitmap(blob);
        const context = new OffscreenCanvas(image.width, image.height).getContext('2d')!;
        context.drawImage(image, 0, 0);
        return new Set(new Uint32Array(context.getImageData(0, 0, image.width, image.height).data.buffer)).size;
      }, bytes.toString('base64'));
      expect(colours).toBeGreaterThan(50);
      expect(panel.errors).toEqual([]);
      await panel.page.context().close();
    },
  );

  test('shows what the panel shows: the zoomed part, the heads, the scale', async () => {
    const panel = await opened(animal);
    await panel.byTestId('zoom-in').click();
    await panel.byTestId('head-3-2').click();
    await panel.page.getByRole('radio', { name: 'Log' }).click();
    await panel.painted();
    const { texts } = await parsed(panel);
    expect(texts[0]).toBe('Attention weights: Layer 3 · Head 2');
    expect(texts).toContain('≤ 0.0001');
    expect(texts).not.toContain('·tired');
    await panel.page.context().close();
  });
});

describe('the menu', () => {
  test('by mouse', async () => {
    const panel = await opened(animal);
    await panel.byTestId('export').click();
    await panel.byTestId('export-csv').click();
    await expect.poll(() => panel.host.heard.exports).toEqual(['csv']);
    expect(await panel.page.getByRole('menu').count()).toBe(0);
    await panel.page.context().close();
  });

  test('by keyboard: arrows walk it, Escape closes it and nothing else', async () => {
    const panel = await opened(animal);
    await panel.byTestId('text').locator('[data-token="3"]').first().click();
    await panel.byTestId('export').focus();
    await panel.page.keyboard.press('Enter');
    await panel.page.keyboard.press('ArrowDown');
    await panel.page.keyboard.press('Enter');
    await expect.poll(() => panel.host.heard.exports).toEqual(['svg']);
    expect(await panel.page.evaluate(() => document.activeElement?.getAttribute('data-testid'))).toBe('export');
    await panel.page.keyboard.press('Enter');
    await panel.page.keyboard.press('ArrowUp');
    await panel.page.keyboard.press('Escape');
    expect(await panel.page.getByRole('menu').count()).toBe(0);
    expect(await panel.page.locator('.token.pinned').count()).toBeGreaterThan(0);
    await panel.page.context().close();
  });
});
