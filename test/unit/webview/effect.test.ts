import { describe, expect, it, test } from 'vitest';
import { ResponseError, type CancellationToken } from 'vscode-jsonrpc';
import type { Ablation, Effects, EffectsQuestion } from '../../../src/protocol/inspection.ts';
import { headAblations, tokenAblations } from '../../../webview-ui/panel/effect/ablations.ts';
import { EffectLists } from '../../../webview-ui/panel/effect/effectList.ts';
import { bitsText, probabilityText } from '../../../webview-ui/panel/effect/effectNumbers.ts';
import { ordered, tokenRows } from '../../../webview-ui/panel/effect/tokenRows.ts';

const token = (index: number): Ablation => ({ kind: 'token', token: index, heads: 'all', hiddenFrom: 'query' });
const tokens = (count: number): readonly Ablation[] => Array.from({ length: count }, (_, index) => token(index));

/** Answers with the hidden token's number as the divergence. */
function answerTo({ ablations }: EffectsQuestion): Effects {
  return {
    target: { id: 1, text: ' was', follows: true },
    probability: 0.5,
    effects: ablations.map((one) => ({ probability: 0.25, divergence: one.kind === 'token' ? one.token : -1 })),
    milliseconds: 10,
    passes: ablations.length,
  };
}

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
    expect(asked).toEqual([16, 16, 8]);
    expect(filled).toEqual([0, 16, 32, 40]);
    expect(list.effects.value.map(({ divergence }) => divergence)).toEqual([...tokens(40).keys()]);
    expect(list.spent.value).toEqual({ milliseconds: 30, passes: 40 });
    expect([list.complete.value, list.running.value]).toEqual([true, false]);
  });

  it('stops when another one is opened, keeps what it has, and goes on from there', async () => {
    const asked: number[] = [];
    let holds = true;
    const lists = new EffectLists((question, cancellation: CancellationToken) => {
      asked.push(question.ablations.length);
      if (asked.length === 1 || !holds) return Promise.resolve(answerTo(question));
      return new Promise((_, reject) => cancellation.onCancellationRequested(() => reject(new Error('cancelled'))));
    });
    const list = lists.open('a', 39, () => tokens(40));
    const done = list.run();
    await expect.poll(() => asked.length).toBe(2);
    lists.open('b', 38, () => tokens(39));
    await done;
    expect(list.effects.value.length).toBe(16);
    expect([list.running.value, list.complete.value, list.failure.value]).toEqual([false, false, undefined]);
    holds = false;
    expect(lists.open('a', 39, () => [])).toBe(list);
    await list.run();
    expect(list.effects.value.length).toBe(40);
    expect(asked).toEqual([16, 16, 16, 8]);
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
