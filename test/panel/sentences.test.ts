import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rolesOf } from '../../src/attention/roleScores.ts';
import type { HeadRole } from '../../src/protocol/headRole.ts';
import { isAnswerTo } from '../../src/protocol/inspection.ts';
import type { HeadId } from '../../src/protocol/model.ts';
import type { Focus } from '../../src/protocol/panelWire.ts';
import type { RunSummary } from '../../src/protocol/run.ts';
import { PanelWorkshop, type PanelPage } from './panelPage.ts';

let workshop: PanelWorkshop;
/** After the start token, one token. */
let short: RunSummary;
let prose: RunSummary;
let bidirectional: RunSummary;

beforeAll(async () => {
  workshop = await PanelWorkshop.open();
  short = await workshop.explain('a');
  prose = await workshop.explain(
    'When the old mill closed, the river kept its name, and nobody could say who gave it.',
  );
  bidirectional = await workshop.explain('the quick brown fox jumps', {
    modelFolder: path.resolve('test/vectors/bert'),
  });
});
afterAll(() => workshop.close());

const MEAN: Focus = { heads: { kind: 'mean', heads: 'all' }, quantity: 'weight', direction: 'looksAt' };

async function using(run: RunSummary, focus: Focus, work: (panel: PanelPage) => Promise<void>): Promise<void> {
  const panel = await workshop.page();
  try {
    await panel.show(run, { focus });
    await work(panel);
    expect(panel.errors).toEqual([]);
  } finally {
    await panel.page.context().close();
  }
}

async function words(run: RunSummary, focus: Focus): Promise<string> {
  let text = '';
  await using(run, focus, async (panel) => {
    await panel.byTestId('words').waitFor();
    text = await panel.byTestId('words').innerText();
  });
  return text;
}

describe('in words', () => {
  test('a second token that attends to the first attends to the one before it: no sink is told', async () => {
    expect(await words(short, { ...MEAN, token: 1 })).toMatch(/on “endoftext”, the token before\.$/);
    const first = { layer: 0, head: 0 };
    expect(await words(prose, { ...MEAN, heads: { kind: 'head', ...first }, token: 3 })).toContain('attention sink');
  });

  test('the first token of a causal text, as a column, is told by what later tokens give it', async () => {
    const column = { ...MEAN, direction: 'lookedAtBy', token: 0 } as const;
    expect(await words(prose, column)).toMatch(
      /“endoftext” gets the largest share of attention from “\S+”, (the token after|\d+ tokens on): /,
    );
    expect(await words(prose, column)).not.toContain('itself');
  });

  test('a column of the maximum is told as shares of one head each', async () => {
    const column = { ...MEAN, heads: { kind: 'max', heads: 'all' }, direction: 'lookedAtBy', token: 1 } as const;
    expect(await words(prose, column)).toMatch(/of that token’s in one head\. .* in some head\./);
    expect(await words(prose, { ...column, heads: MEAN.heads })).not.toContain('one head');
  });

  test('the note on combined heads says nothing of sums where norms are shown', async () => {
    const note = async (focus: Focus): Promise<string> => {
      let text = '';
      await using(prose, focus, async (panel) => void (text = await panel.byTestId('chosen-heads').innerText()));
      return text;
    };
    expect(await note(MEAN)).toContain('Rows still sum to 1');
    expect(await note({ ...MEAN, quantity: 'valueNorm' })).not.toContain('sum to 1');
  });
});

describe('a head with a measured role', () => {
  /** A head whose clearest role this is, or that has none. */
  async function headWith(role: HeadRole | undefined): Promise<HeadId> {
    const answer = await workshop.engine.inspect(
      { run: prose.run, question: { kind: 'roles' } },
      new AbortController().signal,
    );
    if (!isAnswerTo('roles', answer)) throw new Error('Roles were asked for.');
    const heads = Array.from({ length: 48 }, (_, place) => ({ layer: Math.floor(place / 8), head: place % 8 }));
    return heads.find((head) => rolesOf(answer, head)[0]?.role === role)!;
  }

  test('says beside its weights and its links what it does on any text; one without a role says nothing', async () => {
    const [previous, none] = [await headWith('previousToken'), await headWith(undefined)];
    await using(prose, { ...MEAN, heads: { kind: 'head', ...previous }, token: 5 }, async (panel) => {
      const said =
        /previous-token head: on random tokens it puts 0\.\d\d of its attention on whatever token stands before/;
      await panel.byTestId('inspector').getByText(said).waitFor();
      await panel.byTestId('open-go-to').click();
      await panel.byTestId('links').getByText(said).waitFor();
      await panel.byTestId(`head-${none.layer}-${none.head}`).click();
      await expect.poll(() => panel.byTestId('role-note').count()).toBe(0);
    });
  });

  test('is named in the list of the strongest heads, in words on hover', async () => {
    const { layer, head } = await headWith('previousToken');
    await using(prose, { ...MEAN, token: 5, partner: 4 }, async (panel) => {
      const row = panel.byTestId('pair-heads').getByRole('button', { name: `L${layer} H${head}` });
      await expect.poll(() => row.innerText()).toContain('previous token');
      expect(await row.getAttribute('title')).toContain('This head is a previous-token head');
    });
  });
});

test('a text too short for far links says so, a longer one lists them', async () => {
  for (const [run, said] of [
    [short, 'The text is too short'],
    [bidirectional, 'The text is too short'],
    [prose, 'The strongest links'],
  ] as const) {
    await using(run, MEAN, async (panel) => {
      await panel.byTestId('open-go-to').click();
      await panel.byTestId('links').getByText(said).waitFor();
    });
  }
});

test('the list of heads for a pair says how many more there are, and how many it leaves out', async () => {
  await using(prose, { ...MEAN, token: 5, partner: 1 }, async (panel) => {
    const list = panel.byTestId('pair-heads');
    const more = list.getByTestId('all-pair-heads');
    await more.waitFor();
    const before = Number(/\d+/.exec(await more.innerText())?.[0]);
    await more.click();
    expect(await list.getByRole('listitem').count()).toBe(6 + before);
    const left = list.getByTestId('folded');
    const out = (await left.count()) === 0 ? 0 : Number(/\d+/.exec(await left.innerText())?.[0]);
    expect(6 + before + out).toBe(48);
  });
});

test('the self-check of a bidirectional model speaks of no later token’s weight', async () => {
  await using(bidirectional, MEAN, async (panel) => {
    await panel.byTestId('check').click();
    expect(await panel.byTestId('check-popover').innerText()).toContain('bidirectional model');
  });
});

describe('cost and steps', () => {
  test('of a row with one key count one token', async () => {
    await using(prose, { ...MEAN, token: 0 }, async (panel) => {
      await panel.byTestId('tab-steps').click();
      await panel.byTestId('steps').waitFor();
      expect(await panel.byTestId('steps').innerText()).not.toMatch(/\b1 tokens/);
      expect(await panel.byTestId('of-one-head').innerText()).toBe(
        'Steps are of one head. These are of layer 0, head 0.',
      );
      await panel.byTestId('tab-cost').click();
      await panel.byTestId('cost-row').getByRole('radio', { name: 'Window' }).click();
      await panel.byTestId('compared-key').waitFor();
      expect(await panel.byTestId('cost-row').innerText()).not.toMatch(/\b1 tokens/);
    });
  });

  test('tiles keep two numbers and a vector, whatever the size of a tile', async () => {
    await using(prose, { ...MEAN, token: 9 }, async (panel) => {
      await panel.byTestId('tab-cost').click();
      for (const size of ['8', '32']) {
        await panel.byTestId('cost-row').getByRole('radio', { name: size, exact: true }).click();
        await panel.byTestId('cost-row').getByText('one vector: 50 numbers').waitFor();
      }
    });
  });
});
