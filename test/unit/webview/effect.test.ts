import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { ResponseError, type CancellationToken } from 'vscode-jsonrpc';
import type { Ablation, Effects, EffectsQuestion, PassWork } from '../../../src/protocol/inspection.ts';
import { headAblations, tokenAblations } from '../../../webview-ui/panel/effect/ablations.ts';
import { EffectLists } from '../../../webview-ui/panel/effect/effectList.ts';
import { bitsText, probabilityText, shortBitsText } from '../../../webview-ui/panel/effect/effectNumbers.ts';
import { ordered, tokenRows } from '../../../webview-ui/panel/effect/tokenRows.ts';

const token = (index: number): Ablation => ({ kind: 'token', token: index, heads: 'all', hiddenFrom: 'query' });
const tokens = (count: number): readonly Ablation[] => Array.from({ length: count }, (_, index) => token(index));

/** Answers with the hidden token's number as the divergence. */
function answerTo({ ablations }: EffectsQuestion): Effects {
  return {
    target: { id: 1, text: ' was', follows: true },
    probability: 0.5,
    effects: ablations.map((one) => ({
      probability: 0.25,
      divergence: one.kind === 'token' ? one.token : -1,
      positions: 1,
      milliseconds: 1,
    })),
    milliseconds: 10,
    passes: ablations.length,
    baseline: { positions: 1, milliseconds: 1 },
  };
}

interface Cost {
  readonly query: number;
  readonly own: number;
  readonly perPosition: number;
  readonly cached: boolean;
  /** How many times longer than others the first pass takes. */
  readonly warmUp: number;
  readonly noise: readonly number[];
}

/** A model whose passes take what they would by a rule; it adds up what the ablations took. */
class CostModel {
  milliseconds = 0;
  private passes = 0;

  constructor(private readonly cost: Cost) {}

  readonly ask = async (question: EffectsQuestion): Promise<Effects> => {
    const { query, cached, warmUp } = this.cost;
    const prefill = this.passes === 0 && cached ? this.pass(query).milliseconds : 0;
    const baseline = this.pass(cached ? 1 : query + 1);
    const { effects, ...answer } = answerTo(question);
    const measured = question.ablations.map((ablation, place) => {
      const work = this.pass(this.positionsOf(ablation));
      const milliseconds = work.milliseconds * (this.milliseconds === 0 ? warmUp : 1);
      this.milliseconds += milliseconds;
      return { ...effects[place]!, ...work, milliseconds };
    });
    return { ...answer, milliseconds: prefill + this.milliseconds, effects: measured, baseline };
  };

  private positionsOf(ablation: Ablation): number {
    const { query, cached } = this.cost;
    if (!cached || ablation.kind === 'heads') return query + 1;
    return ablation.hiddenFrom === 'query' ? 1 : Math.max(1, query - ablation.token);
  }

  private pass(positions: number): PassWork {
    const { own, perPosition, noise } = this.cost;
    return { positions, milliseconds: (own + positions * perPosition) * noise[this.passes++ % noise.length]! };
  }
}

describe('how long a list will take', () => {
  const grid = { layers: 6, heads: 8 };
  const head = { layer: 2, head: 1 };
  const scopes = ['head', 'row', 'everyone', 'heads'] as const;
  const costs = fc.record({
    query: fc.integer({ min: 1, max: 400 }),
    own: fc.double({ min: 0, max: 50, noNaN: true }),
    perPosition: fc.double({ min: 0.01, max: 5, noNaN: true }),
    cached: fc.boolean(),
    warmUp: fc.double({ min: 1, max: 10, noNaN: true }),
    noise: fc.array(fc.double({ min: 0.85, max: 1.2, noNaN: true }), { minLength: 1, maxLength: 9 }),
  });

  it.each(scopes)('%s: within a factor of two from the first measurements on', (scope) =>
    fc.assert(
      fc.asyncProperty(costs, async (cost) => {
        const model = new CostModel(cost);
        const ablations = scope === 'heads' ? headAblations(grid) : tokenAblations(scope, cost.query + 1, head);
        const list = new EffectLists(model.ask).open('a', cost.query, () => ablations);
        expect(list.expected.value).toBeUndefined();
        const estimates: (readonly [number, number])[] = [];
        const stop = list.expected.subscribe((expected) => {
          if (expected !== undefined) estimates.push([expected, model.milliseconds]);
        });
        await list.run();
        stop();
        for (const [expected, before] of estimates.filter(([expected]) => expected > 0)) {
          const rest = model.milliseconds - before;
          expect(expected).toBeGreaterThan(rest / 2);
          expect(expected).toBeLessThan(rest * 2);
        }
        expect(list.expected.value).toBe(0);
      }),
    ),
  );

  it('goes on behind the first measurements only where the rest is short', async () => {
    const slow = { query: 99, own: 80, perPosition: 0.05, cached: true, warmUp: 1, noise: [1] };
    const begun = async (own: number): Promise<number> => {
      const list = new EffectLists(new CostModel({ ...slow, own }).ask).open('a', 99, () => tokens(100));
      await list.run(500);
      return list.effects.value.length;
    };
    expect([await begun(80), await begun(4)]).toEqual([3, 100]);
  });
});

describe('a list of effects', () => {
  it('fills in batches, one after the other', async () => {
    const asked: number[] = [];
    let running = 0;
    const lists = new EffectLists(async (question) => {
      expect(++running).toBe(1);
      asked.push(question.ablations.length);
      await Promise.resolve();
      running--;
      return answerTo(question);
    });
    const list = lists.open('a', 39, () => tokens(40));
    const filled: number[] = [];
    list.effects.subscribe((effects) => filled.push(effects.length));
    await Promise.all([list.run(), list.run()]);
    expect(asked).toEqual([3, 16, 16, 5]);
    expect(filled).toEqual([0, 3, 19, 35, 40]);
    expect(list.effects.value.map(({ divergence }) => divergence)).toEqual([...tokens(40).keys()]);
    expect(list.spent.value).toEqual({ milliseconds: 40, passes: 40 });
    expect([list.complete.value, list.running.value]).toEqual([true, false]);
  });

  it('stops when another one is opened, keeps what it has, and goes on from there', async () => {
    const asked: number[] = [];
    let holds = true;
    const lists = new EffectLists((question, cancellation: CancellationToken) => {
      asked.push(question.ablations.length);
      if (asked.length < 3 || !holds) return Promise.resolve(answerTo(question));
      return new Promise((_, reject) => cancellation.onCancellationRequested(() => reject(new Error('cancelled'))));
    });
    const list = lists.open('a', 39, () => tokens(40));
    const done = list.run();
    await expect.poll(() => asked.length).toBe(3);
    lists.open('b', 38, () => tokens(39));
    await done;
    expect(list.effects.value.length).toBe(19);
    expect([list.running.value, list.complete.value, list.failure.value]).toEqual([false, false, undefined]);
    holds = false;
    expect(lists.open('a', 39, () => [])).toBe(list);
    await list.run();
    expect(list.effects.value.length).toBe(40);
    expect(asked).toEqual([3, 16, 16, 16, 5]);
  });

  it('says what went wrong, and can be tried again', async () => {
    let fails = true;
    const failure = { code: 'internal', message: 'No logits.', advice: 'Another model.' };
    const lists = new EffectLists((question) =>
      fails ? Promise.reject(new ResponseError(-32000, '', failure)) : Promise.resolve(answerTo(question)),
    );
    const list = lists.open('a', 3, () => tokens(4));
    await list.run();
    expect(list.failure.value).toMatchObject({ message: 'No logits.' });
    fails = false;
    await list.run();
    expect([list.failure.value, list.complete.value]).toEqual([undefined, true]);
  });

  it('takes no answer of another length', async () => {
    const lists = new EffectLists((question) => Promise.resolve({ ...answerTo(question), effects: [] }));
    const list = lists.open('a', 3, () => tokens(4));
    await list.run();
    expect(list.failure.value).toBeDefined();
    expect(list.effects.value).toEqual([]);
  });

  it('forgets the oldest of many', () => {
    const lists = new EffectLists(() => Promise.reject(new Error('not asked')));
    const first = lists.open('0', 0, () => tokens(1));
    for (let index = 1; index <= 32; index++) lists.open(String(index), index, () => tokens(1));
    expect(lists.open('0', 0, () => tokens(1))).not.toBe(first);
  });
});

describe('what is taken away', () => {
  it('one token at a time', () => {
    const head = { layer: 2, head: 1 };
    expect(tokenAblations('head', 2, head)[1]).toEqual({ kind: 'token', token: 1, heads: [head], hiddenFrom: 'query' });
    expect(tokenAblations('row', 2, head)[0]).toEqual(token(0));
    expect(tokenAblations('everyone', 2, head)[0]).toEqual({ ...token(0), hiddenFrom: 'everyone' });
  });

  it('each head, then each layer', () => {
    const all = headAblations({ layers: 2, heads: 3 });
    expect(all.length).toBe(2 * 3 + 2);
    expect(all[4]).toEqual({ kind: 'heads', heads: [{ layer: 1, head: 1 }] });
    expect(all[7]).toEqual({ kind: 'heads', heads: [0, 1, 2].map((head) => ({ layer: 1, head })) });
  });
});

describe('rows of the table', () => {
  const rows = tokenRows(4, [0.1, 0.6, 0.1, 0.2], undefined, [
    { probability: 0.5, divergence: 0.2 },
    { probability: 0.1, divergence: 0.1 },
    { probability: 0.9, divergence: 0.7 },
  ]);

  it('hold what is known', () => {
    expect(rows[1]).toEqual({ token: 1, weight: 0.6, norm: undefined, effect: 0.1, probability: 0.1 });
    expect(rows[3]).toEqual({ token: 3, weight: 0.2, norm: undefined, effect: undefined, probability: undefined });
  });

  it('stand in the order of each number, the unknown last', () => {
    const order = (by: Parameters<typeof ordered>[1]): readonly number[] => ordered(rows, by).map((row) => row.token);
    expect(order('weight')).toEqual([1, 3, 0, 2]);
    expect(order('effect')).toEqual([2, 0, 1, 3]);
    expect(order('probability')).toEqual([1, 0, 2, 3]);
    expect(order('norm')).toEqual([0, 1, 2, 3]);
  });
});

test.each([
  [0.4123, '41.2'],
  [0.0412, '4.1'],
  [0.000412, '0.041'],
  [0.00000412, '0.00041'],
  [0.99999, 'over 99.9'],
  [0, '0.0'],
])('%d as a percentage keeps two digits', (probability, text) => {
  expect(probabilityText(probability)).toBe(`${text}\u202f%`);
});

test('a very small probability is told by its power of ten', () => {
  expect(probabilityText(4.2e-9)).toBe('4.2e\u22129');
});

test('bits keep their order where they are few', () => {
  expect([1.25, 0.0005, 0.000123, 0].map(bitsText)).toEqual(['1.250', '0.001', '1.2e\u22124', '0']);
});

test('bits in a cell take as few characters as tell them apart', () => {
  expect([0, 0.001, 0.0561, 0.994, 0.996, 1.731, 12.4].map(shortBitsText)).toEqual([
    '0',
    '<.01',
    '.06',
    '.99',
    '1.0',
    '1.7',
    '12',
  ]);
});
