import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ExplainError } from '../../src/protocol/failure.ts';
import type { RestorePoint } from '../../src/protocol/panelWire.ts';
import type { RunSummary } from '../../src/protocol/run.ts';
import { PanelWorkshop, type PanelPage } from './panelPage.ts';
import { testSource } from './testHost.ts';

const restore: RestorePoint = {
  uri: 'file:///example.ts',
  start: 3,
  end: 9,
  focus: { heads: { kind: 'mean', heads: 'all' }, quantity: 'weight', direction: 'looksAt' },
};

let workshop: PanelWorkshop;
let animal: RunSummary;

beforeAll(async () => {
  workshop = await PanelWorkshop.open();
  animal = await workshop.explain("The animal didn't cross the road because it was too tired.");
});
afterAll(() => workshop.close());

async function using(panel: PanelPage, work: () => Promise<void>): Promise<void> {
  try {
    await work();
    expect(panel.errors).toEqual([]);
  } finally {
    await panel.page.context().close();
  }
}

test('empty: how to begin', async () => {
  const panel = await workshop.page();
  await using(panel, async () => {
    await expect.poll(() => panel.byTestId('empty').innerText()).toContain('Choose Explain Attention');
  });
});

test('running: the stage, and a cancel that reaches the host', async () => {
  const panel = await workshop.page();
  await using(panel, async () => {
    await panel.byTestId('empty').waitFor();
    await panel.host.show({ kind: 'running', source: testSource, stage: 'tokenizing', restore });
    await expect
      .poll(() => panel.page.locator('[aria-current=true]').innerText())
      .toBe('Splitting the text into tokens');
    await panel.byTestId('cancel').click();
    await expect.poll(() => panel.host.heard.actions).toEqual(['cancel']);
  });
});

test('running a long text: how far it is, and the rows that are done', async () => {
  const panel = await workshop.page();
  await using(panel, async () => {
    await panel.byTestId('empty').waitFor();
    const cells = Float32Array.of(1, 0, 0, 0, 0.5, 0.01, 0, 0);
    const preview = { block: 512, side: 4, rows: 2, data: cells.buffer };
    const progress = { done: 1024, total: 2048, preview };
    await panel.host.show({ kind: 'running', source: testSource, stage: 'running', progress, restore });
    await expect.poll(() => panel.byTestId('passes').innerText()).toBe('1,024 of 2,048 tokens');
    for (const [left, said] of [
      [300, 'about 1 s left'],
      [21_900, 'about 20 s left'],
      [200_000, 'about 3 min left'],
    ] as const) {
      await panel.host.show({
        kind: 'running',
        source: testSource,
        stage: 'running',
        progress: { ...progress, left },
        restore,
      });
      await expect.poll(() => panel.byTestId('passes').innerText()).toBe(`1,024 of 2,048 tokens · ${said}`);
    }
    const [first, ...others] = await panel.byTestId('preview').evaluate((canvas: HTMLCanvasElement) => {
      const { data } = canvas.getContext('2d')!.getImageData(0, 0, 4, 4);
      return Array.from({ length: 16 }, (_, cell) => data.slice(4 * cell, 4 * cell + 4).join());
    });
    const later = [0, 1, 2, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14].filter((place) => place !== 3 && place !== 4);
    expect(new Set([first, others[3], others[4]]).size).toBe(3);
    for (const place of later) expect(others[place]).toBe('0,0,0,0');
  });
});

test('a line alone: the whole file is offered', async () => {
  const panel = await workshop.page();
  await using(panel, async () => {
    await panel.byTestId('empty').waitFor();
    const source = { ...testSource, note: 'Nothing was selected: the line is explained.', offersFile: true };
    await panel.show(animal, { source });
    await panel.byTestId('explain-file').click();
    await expect.poll(() => panel.host.heard.actions).toEqual(['explainFile']);
  });
});

test('failed: what happened, what to do, and what can be done here', async () => {
  const panel = await workshop.page();
  await using(panel, async () => {
    const failure = {
      code: 'noAttention',
      message: 'This model does not expose <b>attention</b>.',
      advice: 'Choose another model.',
    } as const;
    await panel.byTestId('empty').waitFor();
    await panel.host.show({ kind: 'failed', hasEarlier: false, source: testSource, failure, restore });
    await expect.poll(() => panel.byTestId('failed').innerText()).toContain('expose <b>attention</b>.');
    expect(await panel.byTestId('failed').innerText()).toContain('Choose another model.');
    for (const name of ['Run Again', 'Show Log', 'Settings']) await panel.page.getByRole('button', { name }).click();
    await expect.poll(() => panel.host.heard.actions).toEqual(['rerun', 'showLog', 'openSettings']);
  });
});

test('stale: the run stays, marked, and is offered again', async () => {
  const panel = await workshop.page();
  await using(panel, async () => {
    await panel.byTestId('empty').waitFor();
    await panel.show(animal, { stale: true });
    expect(await panel.byTestId('stale').innerText()).toContain('example.ts changed after this run.');
    await panel.byTestId('stale').getByRole('button').click();
    await expect.poll(() => panel.host.heard.actions).toEqual(['rerun']);
  });
});

describe('what a cut left of a text is said in lines and tokens', () => {
  const cut = { usedLength: 1800, totalLength: 12_000, usedLines: 40, totalLines: 5000, tokenLimit: 512 } as const;
  test.each([
    [
      { ...cut, reason: 'context' },
      'ended\n',
      'Only the first 40 of 5,000 lines are explained: 12 tokens. The model reads at most 512 tokens at once.',
    ],
    [
      { ...cut, reason: 'length' },
      'not ended',
      'Only the first 40 of 5,000 lines and a part of the next are explained: 12 tokens. At most 512 tokens are explained at once.',
    ],
    [
      { ...cut, reason: 'memory', usedLines: 0, totalLines: 1, bytesNeeded: 3 * 2 ** 20 },
      'not ended',
      'Only the first 1,800 of 12,000 characters are explained: 12 tokens. The memory budget allows 512 tokens; the whole text would need 3 MiB.',
    ],
  ] as const)('%j', async (cut, text, said) => {
    const panel = await workshop.page();
    await using(panel, async () => {
      await panel.byTestId('empty').waitFor();
      const tokens = animal.tokens.slice(0, 12);
      await panel.host.ready({ ...animal, cut, text, tokens });
      await expect.poll(() => panel.byTestId('cut').innerText()).toBe(said);
    });
  });

  test('a note is said too', async () => {
    const panel = await workshop.page();
    await using(panel, async () => {
      await panel.byTestId('empty').waitFor();
      await panel.show(animal, { source: { ...testSource, note: 'Nothing was selected: the line is used.' } });
      expect(await panel.byTestId('note').innerText()).toBe('Nothing was selected: the line is used.');
    });
  });
});

test.each([
  ['text', 'read as ordinary text', 'As special', 'specialTokensAsSpecial'],
  ['special', 'read as special tokens', 'As text', 'specialTokensAsText'],
] as const)('special tokens read as %s are said, with a switch', async (readAs, said, other, action) => {
  const panel = await workshop.page();
  await using(panel, async () => {
    await panel.byTestId('empty').waitFor();
    await panel.show({ ...animal, specialTokens: { found: ['<s>', '</s>', '<unk>', '<pad>'], readAs } });
    expect(await panel.byTestId('special-tokens').innerText()).toBe(
      `The text contains the names of special tokens, ${said}: <s> </s> <unk> …`,
    );
    await panel.page.getByRole('radio', { name: other }).click();
    await expect.poll(() => panel.host.heard.actions).toEqual([action]);
  });
});

test('a text without special tokens has no switch for them', async () => {
  const panel = await workshop.page();
  await using(panel, async () => {
    await panel.byTestId('empty').waitFor();
    await panel.show(animal);
    expect(await panel.byTestId('special-tokens').count()).toBe(0);
    expect(await panel.page.getByRole('radio', { name: 'As special' }).count()).toBe(0);
  });
});

describe('numbers that cannot be had', () => {
  test('are said where they would be, and asked for again', async () => {
    const panel = await workshop.page();
    await using(panel, async () => {
      await panel.byTestId('empty').waitFor();
      panel.host.beforeSlice = () => {
        throw new ExplainError({ code: 'processLost', message: 'The model process ended.', advice: 'Run again.' });
      };
      await panel.host.ready(animal);
      await expect.poll(() => panel.byTestId('matrix').innerText()).toContain('The model process ended. Run again.');
      panel.host.beforeSlice = () => undefined;
      await panel.byTestId('matrix').getByRole('button', { name: 'Try Again' }).click();
      await panel.painted();
      expect(await panel.byTestId('missing').count()).toBe(0);
    });
  });

  test('of an older run are dropped when they come late', async () => {
    const panel = await workshop.page();
    await using(panel, async () => {
      await panel.byTestId('empty').waitFor();
      let release = (): void => undefined;
      const held = new Promise<void>((resolve) => (release = resolve));
      panel.host.beforeSlice = ({ run }) => (run === animal.run ? held : undefined);
      await panel.host.ready(animal);
      await panel.page.locator(`[data-run="${animal.run}"]`).waitFor();
      const newer = await workshop.explain('Time flies like an arrow.');
      await panel.show(newer);
      const picture = await panel.matrix();
      release();
      await panel.page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 100)));
      expect(await panel.matrix()).toBe(picture);
      expect(await panel.byTestId('text').innerText()).toContain('Time flies');
    });
  });
});

test('the view comes back after a reload as it was left, and keeps no text', async () => {
  const panel = await workshop.page();
  let state: unknown;
  await using(panel, async () => {
    await panel.byTestId('empty').waitFor();
    await panel.show(animal);
    await panel.page.getByRole('radio', { name: 'Log' }).click();
    await panel.byTestId('sink-apart').click();
    await panel.byTestId('zoom-in').click();
    await expect
      .poll(() => panel.state())
      .toMatchObject({ view: { scale: 'log', sinkApart: false, matrix: { zoom: 1.5 } } });
    state = await panel.state();
    expect(state).toMatchObject({ restore: { uri: 'file:///example.ts', focus: { direction: 'looksAt' } } });
    expect(JSON.stringify(state)).not.toContain('animal');
  });
  const again = await workshop.page({ state });
  await using(again, async () => {
    await again.byTestId('empty').waitFor();
    await again.show(animal);
    expect(await again.page.getByRole('radio', { name: 'Log' }).getAttribute('aria-checked')).toBe('true');
    expect(await again.byTestId('sink-apart').getAttribute('aria-pressed')).toBe('false');
    expect(await again.byTestId('zoom-fit').isEnabled()).toBe(true);
  });
});

describe('unusual texts', () => {
  test.each([
    ['one token', 'a'],
    ['two tokens', 'a b'],
    ['markup', '<img src=x onerror="document.title=1"><script>document.title=2</script>'],
    ['right to left', 'שלום עולם, مرحبا'],
    ['emoji and joined letters', '👩‍👩‍👧 e\u0301 漢字 𝔘'],
    ['a long word', 'Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft'.repeat(4)],
    ['Windows line ends and tabs', 'a\r\n\tb\r\n\r\nc'],
    ['signs that turn the direction', 'a\u202Eb\u2066c'],
  ])('%s', async (_, text) => {
    const run = await workshop.explain(text);
    const panel = await workshop.page({ width: 420 });
    await using(panel, async () => {
      await panel.byTestId('empty').waitFor();
      await panel.show(run);
      for (const { index, token } of run.tokens.map((token, index) => ({ index, token }))) {
        expect(await panel.byTestId('text').locator(`[data-token="${index}"]`).count(), token.text).toBeGreaterThan(0);
      }
      expect(await panel.byTestId('text').locator('img, script').count()).toBe(0);
      const overflow = await panel.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      expect(overflow).toBeLessThanOrEqual(0);
    });
  });
});

describe('size', () => {
  test('from 400 to 2500 px nothing overflows and the matrix is seen', async () => {
    const panel = await workshop.page();
    await using(panel, async () => {
      await panel.byTestId('empty').waitFor();
      await panel.show(animal);
      for (const width of [400, 559, 560, 799, 800, 1179, 1180, 2500]) {
        await panel.page.setViewportSize({ width, height: 900 });
        await panel.painted();
        const overflow = await panel.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        expect(overflow, String(width)).toBeLessThanOrEqual(0);
        const box = (await panel.byTestId('matrix').boundingBox())!;
        expect(Math.min(box.width, box.height), String(width)).toBeGreaterThan(250);
      }
    });
  });

  test('at 220 px, the narrowest that VS Code makes an editor, every button is within reach', async () => {
    const panel = await workshop.page({ width: 220 });
    await using(panel, async () => {
      await panel.byTestId('empty').waitFor();
      await panel.show(animal);
      for (const [tab, content] of [
        ['weights', 'ranked-list'],
        ['steps', 'without-scaling'],
        ['effect', 'effect'],
        ['cost', 'cost'],
      ] as const) {
        await panel.byTestId(`tab-${tab}`).click();
        await panel.byTestId(content).waitFor();
        const beyond = await panel.page
          .locator('button:visible, select:visible, input:visible')
          .evaluateAll((controls) =>
            controls.filter((one) => one.getBoundingClientRect().right > innerWidth).map((one) => one.textContent),
          );
        expect(beyond, tab).toEqual([]);
      }
    });
  });

  test.each([220, 300, 560, 800])('at %i px the ranked list has room for the tokens it is about', async (width) => {
    const run = await workshop.explain('const limit = 10;\nfunction check(value) {\n  return value < limit;\n}\n');
    const panel = await workshop.page({ width });
    await using(panel, async () => {
      await panel.byTestId('empty').waitFor();
      await panel.show(run);
      const names = panel.byTestId('ranked-list').locator('.who:not(:has(.badge)) .name');
      await names.first().waitFor();
      const squeezed = await names.evaluateAll((all) =>
        all.filter((name) => name.clientWidth < Math.min(name.scrollWidth, 30)).map((name) => name.textContent),
      );
      expect(squeezed).toEqual([]);
    });
  });

  test('a screen of twice the pixels gets twice the pixels', async () => {
    const panel = await workshop.page({ pixelRatio: 2 });
    await using(panel, async () => {
      await panel.byTestId('empty').waitFor();
      await panel.show(animal);
      const { width } = (await panel.byTestId('matrix').boundingBox())!;
      expect(await panel.page.locator('.base').evaluate((canvas: HTMLCanvasElement) => canvas.width)).toBe(2 * width);
    });
  });

  test('a resize settles: the canvas follows its box once', async () => {
    const panel = await workshop.page({ width: 1400 });
    await using(panel, async () => {
      await panel.byTestId('empty').waitFor();
      await panel.show(animal);
      await panel.page.setViewportSize({ width: 1000, height: 700 });
      await panel.painted();
      const widths = await panel.page.evaluate(async () => {
        const seen: number[] = [];
        for (let frame = 0; frame < 10; frame++) {
          await new Promise((resolve) => requestAnimationFrame(resolve));
          seen.push(document.querySelector<HTMLCanvasElement>('.base')!.width);
        }
        return seen;
      });
      expect(new Set(widths).size).toBe(1);
      const box = (await panel.byTestId('matrix').boundingBox())!;
      expect(widths[0]).toBe(box.width);
    });
  });
});
