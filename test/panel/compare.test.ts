import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ExplainError } from '../../src/protocol/failure.ts';
import { type Answer, isAnswerTo, type Question } from '../../src/protocol/inspection.ts';
import type { HeadSelection, Quantity, RunSummary } from '../../src/protocol/run.ts';
import { viewStateOf } from '../../webview-ui/compare/state/viewState.ts';
import { FIT } from '../../webview-ui/shared/matrix/frame.ts';
import { CompareWorkshop, type ComparePage } from './comparePage.ts';
import type { ThemeName } from './themes.ts';

let workshop: CompareWorkshop;
/** What differs comes after the crane. */
let after: readonly [RunSummary, RunSummary];
/** What differs comes before it. */
let before: readonly [RunSummary, RunSummary];

beforeAll(async () => {
  workshop = await CompareWorkshop.open();
  after = [await workshop.explain('The crane flew away.'), await workshop.explain('The crane lifted a car.')];
  before = [
    await workshop.explain('Above the lake a crane flew.'),
    await workshop.explain('At the building site, the crane lifted a car.'),
  ];
});
afterAll(() => workshop.close());

async function using(
  runs: readonly [RunSummary, RunSummary],
  work: (view: ComparePage) => Promise<void>,
  options: Parameters<CompareWorkshop['page']>[1] = {},
): Promise<void> {
  const view = await workshop.page(runs, options);
  try {
    await work(view);
    expect(view.errors).toEqual([]);
  } finally {
    await view.page.context().close();
  }
}

/** The last token of the last occurrence of a word. */
function tokenOf({ text, tokens }: RunSummary, word: string): number {
  const end = text.lastIndexOf(word) + word.length;
  return tokens.findLastIndex((token) => token.start < end && token.end >= end);
}

function lastOf({ tokens }: RunSummary): number {
  return tokens.length - 1;
}

async function ask<Q extends Question>({ run }: RunSummary, question: Q): Promise<Answer<Q['kind']>> {
  const kind: Q['kind'] = question.kind;
  const answer = await workshop.engine.inspect({ run, question }, new AbortController().signal);
  if (!isAnswerTo(kind, answer)) throw new Error(`«${answer.kind}» was answered.`);
  return answer;
}

/** Cosines as the chart prints them, computed here from what the engine answers. */
async function expectedCosines(runs: readonly RunSummary[], tokens: readonly number[]): Promise<readonly string[]> {
  const [a, b] = await Promise.all(runs.map((run, side) => ask(run, { kind: 'reads', token: tokens[side]! })));
  if (!a || !b) throw new Error('Two runs are compared.');
  return Array.from({ length: a.layers }, (_, layer) => {
    const [x, y] = [a, b].map(({ vectors, width }) => [...vectors.subarray(layer * width, (layer + 1) * width)]);
    const dot = (u: readonly number[], v: readonly number[]): number =>
      u.reduce((sum, value, i) => sum + value * v[i]!, 0);
    return (dot(x!, y!) / Math.sqrt(dot(x!, x!) * dot(y!, y!))).toFixed(3);
  });
}

async function row(
  { run, tokens }: RunSummary,
  heads: HeadSelection,
  query: number,
  quantity: Quantity = 'weight',
): Promise<Float32Array> {
  const request = {
    run,
    heads,
    quantity,
    rows: { start: query, end: query + 1 },
    columns: { start: 0, end: tokens.length },
    block: { rows: 1, columns: 1 },
    pooling: 'max',
  } as const;
  return (await workshop.engine.slice(request, new AbortController().signal)).data;
}

describe('a word before the difference', () => {
  test('has the same vector, which is said, and the last tokens are offered instead', () =>
    using(after, async (view) => {
      expect(await view.compared()).toEqual(after.map((run) => tokenOf(run, 'crane')));
      expect(await view.cosines()).toEqual(Array.from({ length: 6 }, () => '1.000'));
      expect(await view.part('words').innerText()).toContain('a causal model cannot see what follows');
      await view.part('last').click();
      const last = after.map(lastOf);
      await expect.poll(() => view.compared()).toEqual(last);
      await expect.poll(() => view.cosines()).toEqual(await expectedCosines(after, last));
      await expect.poll(() => view.part('words').innerText()).not.toContain('cannot see what follows');
      expect(await view.part('last').count()).toBe(0);
    }));

  test('that is split says which token stands for it', () =>
    using(after, async (view) => {
      expect(await view.part('split').innerText()).toMatch(/“crane” is split into 2 tokens/);
    }));
});

describe('a word after the difference', () => {
  const tokens = (): readonly [number, number] => [tokenOf(before[0], 'crane'), tokenOf(before[1], 'crane')];

  test('is found, and read more and more differently', () =>
    using(before, async (view) => {
      expect(await view.compared()).toEqual(tokens());
      const cosines = await view.cosines();
      expect(cosines).toEqual(await expectedCosines(before, tokens()));
      expect(cosines[0]).toBe('1.000');
      const lowest = Math.min(...cosines.map(Number));
      expect(lowest).toBeLessThan(0.99);
      const words = await view.part('words').innerText();
      expect(words).toContain(`lowest in layer ${cosines.map(Number).indexOf(lowest)}, at ${lowest.toFixed(3)}`);
    }));

  test('gives the same cosines whichever text comes first', async () => {
    const printed: (readonly string[])[] = [];
    await using(before, async (view) => void printed.push(await view.cosines()));
    await using([before[1], before[0]], async (view) => void printed.push(await view.cosines()));
    expect(printed[1]).toEqual(printed[0]);
  });

  test('takes in other tokens, ranked by their norms, in all layers or one', () =>
    using(before, async (view) => {
      for (const layer of ['all', '3']) {
        await view.part('layers').selectOption(layer);
        for (const side of [0, 1] as const) {
          const inLayer = Array.from({ length: 8 }, (_, head) => ({ layer: Number(layer), head }));
          const heads = { kind: 'mean', heads: layer === 'all' ? 'all' : inLayer } as const;
          const norms = await row(before[side], heads, tokens()[side], 'valueNorm');
          const largest = norms.indexOf(Math.max(...norms));
          const top = view.part(`sources-${side}`).locator('li').first();
          await expect.poll(() => top.getAttribute('data-token')).toBe(String(largest));
          expect(await top.locator('.amount').innerText()).toBe(norms[largest]!.toPrecision(3));
        }
      }
      expect(await view.part('sources-words').innerText()).toContain('Apart from itself');
    }));

  test('lights with the same word in the other text, in its matrix too', () =>
    using(before, async (view) => {
      const the = before.map((run) => tokenOf(run, ' the'));
      await view
        .part('text-1')
        .locator(`[data-token="${tokenOf(before[1], 'lifted')}"]`)
        .first()
        .hover();
      expect(await view.marked(0, 'lit')).toEqual([]);
      await view.part('text-0').locator(`[data-token="${the[0]}"]`).first().hover();
      await expect.poll(() => view.marked(1, 'lit')).not.toEqual([]);
      const { x, y } = await view.cell(0, tokens()[0], the[0]!);
      await view.page.mouse.move(x, y);
      await expect.poll(() => view.marked(1, 'lit')).toEqual([tokens()[1]]);
      await expect.poll(() => view.marked(1, 'partner')).not.toEqual([]);
      const [partner] = await view.marked(1, 'partner');
      const weight = (await row(before[1], { kind: 'mean', heads: 'all' }, tokens()[1]))[partner!]!;
      expect(await view.part('readout-1').innerText()).toContain(weight.toFixed(3));
    }));
});

describe('the compared tokens', () => {
  test('are chosen by click, by keyboard, and from the list', () =>
    using(before, async (view) => {
      const lifted = tokenOf(before[1], 'lifted');
      await view.part('text-1').locator(`[data-token="${lifted}"]`).first().click();
      const crane = tokenOf(before[0], 'crane');
      await expect.poll(() => view.compared()).toEqual([crane, lifted]);
      await expect.poll(() => view.cosines()).toEqual(await expectedCosines(before, [crane, lifted]));
      expect(await view.part('words').innerText()).toContain('two different tokens');

      await view.part('text-0').focus();
      await view.page.keyboard.press('ArrowRight');
      expect(await view.part('announcement').innerText()).toMatch(new RegExp(`^Token ${crane + 1}: `));
      await view.page.keyboard.press('Enter');
      await expect.poll(() => view.compared()).toEqual([crane + 1, lifted]);

      await view.part('word').selectOption({ label: 'crane' });
      await expect.poll(() => view.compared()).toEqual([crane, tokenOf(before[1], 'crane')]);
    }));

  test('are those of the words that the user pointed out', () => {
    const words = before.map(({ text }) => ({ start: text.indexOf('the'), end: text.indexOf('the') + 3 }));
    return using(
      before,
      async (view) => {
        expect(await view.compared()).toEqual(
          before.map(({ tokens }, side) => tokens.findIndex(({ end }) => end === words[side]!.end)),
        );
      },
      { shown: { words: [words[0], words[1]] } },
    );
  });

  test('of a text with itself are two occurrences of a word', async () => {
    const run = await workshop.explain('The crane on the ship saw another crane.');
    await using([run, run], async (view) => {
      const first = run.tokens.findLastIndex(({ start, end }) => start < 9 && end >= 9);
      expect(await view.compared()).toEqual([first, tokenOf(run, 'crane')]);
    });
  });

  test('without a shared word are the last ones, and that is said', async () => {
    const runs = [await workshop.explain('Birds fly'), await workshop.explain('cars drive away')] as const;
    await using(runs, async (view) => {
      expect(await view.compared()).toEqual(runs.map(lastOf));
      expect(await view.part('note').innerText()).toContain('No word stands in both texts');
    });
  });

  test('of a text with itself in which no word occurs twice are the same one, and that is said', async () => {
    const run = await workshop.explain('Birds fly away');
    await using([run, run], async (view) => {
      expect(await view.part('note').innerText()).toContain('No word occurs twice in this text');
    });
  });

  test('are the same or different by their ids, not by the words that they end', async () => {
    const gpt2 = path.resolve('test/vectors/gpt2');
    const runs = [
      await workshop.explain('fox the', gpt2),
      await workshop.explain('quick brown fox the', gpt2),
    ] as const;
    expect(runs.map(({ tokens }) => tokens.at(-1)!.id)).toEqual([runs[0].tokens.at(-1)!.id, runs[0].tokens.at(-1)!.id]);
    await using(runs, async (view) => {
      const words = view.part('words');
      await view.part('word').selectOption({ label: 'the' });
      await expect.poll(() => words.innerText()).toContain('Already the first layer reads');
      await view
        .part('text-1')
        .locator(`[data-token="${tokenOf(runs[1], 'fox')}"]`)
        .last()
        .click();
      await expect.poll(() => words.innerText()).toContain('two different tokens');
    });
  });
});

/** The head with the largest of a number, and that number for each text. */
async function headOf(
  number: (run: RunSummary, head: HeadSelection) => Promise<number>,
  difference: (first: number, second: number) => number,
): Promise<{ readonly layer: number; readonly head: number; readonly numbers: readonly [number, number] }> {
  const heads = Array.from({ length: 48 }, (_, place) => ({ layer: Math.floor(place / 8), head: place % 8 }));
  const found = await Promise.all(
    heads.map(async (id) => {
      const head = { kind: 'head', ...id } as const;
      return { ...id, numbers: [await number(before[0], head), await number(before[1], head)] as const };
    }),
  );
  return found.sort((a, b) => difference(...b.numbers) - difference(...a.numbers))[0]!;
}

describe('both matrices', () => {
  test('have one colour scale, up to the largest weight of both', () =>
    using(before, async (view) => {
      /** The largest weight on another token than the first, which is set apart. */
      const peak = async (run: RunSummary, head: HeadSelection): Promise<number> => {
        const rows = await Promise.all(run.tokens.slice(1).map((_, query) => row(run, head, query + 1)));
        return Math.max(...rows.flatMap((weights) => [...weights.subarray(1)]));
      };
      const { layer, head, numbers } = await headOf(peak, (first, second) => Math.abs(first - second));
      await view.part('heads').locator(`[data-layer="${layer}"][data-head="${head}"]`).click();
      const top = (value: number): string => value.toFixed(2).replace(/^0/, '');
      expect(top(numbers[0])).not.toBe(top(numbers[1]));
      await expect
        .poll(() => view.part('legend').locator('.ticks span').last().innerText())
        .toBe(top(Math.max(...numbers)));
    }));

  test('show the same heads, chosen once for both', () =>
    using(before, async (view) => {
      /** The largest weight of the crane apart from that on the first token. */
      const strongest = async (run: RunSummary, head: HeadSelection): Promise<number> =>
        Math.max(...(await row(run, head, tokenOf(run, 'crane'))).subarray(1));
      const { layer, head, numbers } = await headOf(strongest, Math.min);
      await view.part('heads').locator(`[data-layer="${layer}"][data-head="${head}"]`).click();
      expect(await view.part('heads-title').innerText()).toBe(`Layer ${layer} · Head ${head}`);
      for (const side of [0, 1] as const) {
        await expect.poll(() => view.part(`readout-${side}`).innerText()).toContain(numbers[side].toFixed(3));
      }
    }));

  test('are walked by keyboard, and told to screen readers', () =>
    using(before, async (view) => {
      await view.part('matrix-0').focus();
      await view.page.keyboard.press('Home');
      await expect.poll(() => view.part('announcement').innerText()).toContain('looks at endoftext');
      await view.page.keyboard.press('ArrowUp');
      await view.page.keyboard.press('Enter');
      await expect.poll(() => view.compared()).toContain(tokenOf(before[0], 'crane') - 1);
      expect(await view.part('row-table-0').locator('tbody tr').count()).toBeGreaterThan(3);
    }));
});

test('numbers that could not be had say why, and are asked for again', () =>
  using(before, async (view) => {
    view.host.beforeInspect = ({ question }) => {
      if (question.kind === 'reads')
        throw new ExplainError({ code: 'internal', message: 'No vectors.', advice: 'Wait.' });
    };
    await view.part('text-0').locator('[data-token="1"]').first().click();
    const missing = view.part('similarity').getByTestId('missing');
    await expect.poll(() => missing.innerText()).toContain('No vectors. Wait.');
    await missing.getByRole('button', { name: 'Show Log' }).click();
    await expect.poll(() => view.host.actions).toEqual(['showLog']);
    view.host.beforeInspect = () => undefined;
    await missing.getByRole('button', { name: 'Try Again' }).click();
    await view.part('cosines').waitFor();
  }));

test('a reload keeps tokens, heads, layer, scale and the seen parts of the matrices', async () => {
  let state: unknown;
  let tokens: readonly number[] = [];
  await using(before, async (view) => {
    await view.part('text-0').locator('[data-token="2"]').first().click();
    const head = (layer: number) => view.part('heads').locator(`[data-layer="${layer}"][data-head="2"]`);
    await head(1).click();
    await head(3).click({ modifiers: ['Control'] });
    await view.part('layers').selectOption('4');
    await view.part('matrix-1').focus();
    await view.page.keyboard.press('+');
    await view.page.getByRole('radio', { name: 'Log' }).click();
    tokens = await view.compared();
    await expect.poll(async () => JSON.stringify((state = await view.savedState()))).toContain('"scale":"log"');
  });
  await using(
    before,
    async (view) => {
      expect(await view.compared()).toEqual(tokens);
      expect(await view.part('heads-title').innerText()).toBe('Mean of 2 heads');
      const { matrices } = viewStateOf(state);
      expect(matrices[0]).toEqual(FIT);
      expect(matrices[1].zoom).toBeGreaterThan(1);
      expect(viewStateOf(await view.savedState()).matrices).toEqual(matrices);
      expect(await view.part('layers').inputValue()).toBe('4');
      expect(await view.page.getByRole('radio', { name: 'Log' }).getAttribute('aria-checked')).toBe('true');
    },
    { state },
  );
});

test('a text that changed is told, and run again', () =>
  using(
    before,
    async (view) => {
      await view.part('stale').getByRole('button', { name: 'Run Again' }).click();
      await expect.poll(() => view.host.actions).toEqual(['rerun']);
    },
    { shown: { stale: true } },
  ));

describe.each(['dark', 'light', 'hc-dark', 'hc-light'] satisfies ThemeName[])('theme %s', (theme) => {
  test.each([400, 460, 2500])('%i px wide: nothing overflows, both matrices are painted', (width) =>
    using(
      before,
      async (view) => {
        const overflow = await view.page.evaluate(() => {
          const page = document.querySelector('.compare')!;
          return Math.max(page.scrollWidth - page.clientWidth, document.documentElement.scrollWidth - innerWidth);
        });
        expect(overflow).toBeLessThanOrEqual(0);
        const toolbar = (await view.part('toolbar').boundingBox())!;
        const button = (await view.part('run-again').boundingBox())!;
        expect(button.y + button.height).toBeLessThanOrEqual(toolbar.y + toolbar.height);
        for (const title of await view.page.locator('.section-title h2').all()) {
          expect(await title.evaluate((heading) => heading.scrollWidth - heading.clientWidth)).toBe(0);
        }
        for (const side of [0, 1]) {
          const colours = await view
            .part(`matrix-${side}`)
            .locator('canvas.base')
            .evaluate((canvas: HTMLCanvasElement) => {
              const pixels = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
              return new Set(new Uint32Array(pixels.data.buffer)).size;
            });
          expect(colours).toBeGreaterThan(10);
        }
      },
      { theme, width, height: 1000 },
    ),
  );
});
