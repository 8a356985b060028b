import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { logSumExp } from '../../../src/attention/sampling.ts';
import { firstChanged } from '../../../src/attention/ablation.ts';
import type { Ablation, Effect, Effects } from '../../../src/protocol/inspection.ts';
import { folderOf, referenceOf } from '../generate/support.ts';
import { readSafetensors } from '../safetensors.ts';
import { type Explained, useEngine, withReference } from './support.ts';

const { explain, explainReference, engine } = useEngine();

/** Token 3 hidden, heads and layers switched off: what PyTorch was made to do too, by the names of its tensors. */
const layerOne = [0, 1, 2, 3].map((head) => ({ layer: 1, head }));
const ablations: Readonly<Record<string, Ablation>> = {
  'without.head.0.1': { kind: 'heads', heads: [{ layer: 0, head: 1 }] },
  'without.head.1.2': { kind: 'heads', heads: [{ layer: 1, head: 2 }] },
  'without.layer.1': { kind: 'heads', heads: layerOne },
  ...hidden('query'),
  ...hidden('everyone'),
};

function hidden(hiddenFrom: 'query' | 'everyone'): Record<string, Ablation> {
  const token = { kind: 'token', token: 3, hiddenFrom } as const;
  return {
    [`hidden.${hiddenFrom}.all`]: { ...token, heads: 'all' },
    [`hidden.${hiddenFrom}.1.2`]: { ...token, heads: [{ layer: 1, head: 2 }] },
    [`hidden.${hiddenFrom}.0.0`]: { ...token, heads: [{ layer: 0, head: 0 }] },
  };
}

const decoders = withReference.filter((model) => !model.includes('bert'));

test.each(decoders)('%s: what is taken away has the effect that it has in PyTorch', async (model) => {
  const truth = await readSafetensors(path.join(folderOf(model), 'inspection.safetensors'));
  const reference = await readSafetensors(referenceOf(model).tensors);
  const untouched = reference.get('text0.logits')!.data;
  const { ask, summary } = await explainReference(model);
  const query = summary.tokens.length - 1;
  const effects = await ask({ kind: 'effects', query, ablations: Object.values(ablations) });
  const { id, follows } = effects.target;
  expect([id, follows]).toEqual([untouched.indexOf(Math.max(...untouched)), false]);
  expect(effects.probability).toBeCloseTo(probability(untouched, id), 5);
  Object.keys(ablations).forEach((name, index) => {
    const logits = truth.get(name)!.data;
    expect(effects.effects[index]!.probability, name).toBeCloseTo(probability(logits, id), 5);
    expect(effects.effects[index]!.divergence, name).toBeCloseTo(divergence(untouched, logits), 5);
  });
});

function numbersOf({ probability, divergence }: Effect): readonly number[] {
  return [probability, divergence];
}

describe('effects', () => {
  const nothing: Ablation = { kind: 'token', token: 0, heads: [], hiddenFrom: 'query' };

  test('nothing taken away changes nothing: every bit of it', async () => {
    const { ask, summary } = await explainReference('gpt2');
    const effects = await ask({ kind: 'effects', query: 9, ablations: [nothing] });
    expect(effects.effects).toMatchObject([{ probability: effects.probability, divergence: 0 }]);
    expect(effects.target).toEqual({ ...pick(summary.tokens[10]!), follows: true });
  });

  test('a token that only the query sees hidden costs one pass, whatever the text', async () => {
    const { ask, summary } = await explain('default', 'The cat sat on the mat and looked at the dog. '.repeat(20));
    const query = summary.tokens.length - 2;
    const hide = (token: number): Ablation => ({ kind: 'token', token, heads: 'all', hiddenFrom: 'query' });
    await ask({ kind: 'effects', query, ablations: [hide(0)] });
    const effects = await ask({ kind: 'effects', query, ablations: [hide(0), hide(7), hide(query)] });
    expect(effects.passes).toBe(4);
    expect(effects.milliseconds).toBeGreaterThan(0);
  });

  test('the positions are told that each kind runs again, and the time in them alone', async () => {
    const { ask } = await explain('default', 'The cat sat on the mat and looked at the dog. '.repeat(20));
    const query = 150;
    const token = { kind: 'token', token: 20, heads: 'all' } as const;
    const cases: readonly (readonly [Ablation, number])[] = [
      [{ ...token, hiddenFrom: 'query' }, 1],
      [{ ...token, hiddenFrom: 'everyone' }, query - 20],
      [{ kind: 'heads', heads: [{ layer: 0, head: 0 }] }, query + 1],
    ];
    for (const [ablation, positions] of cases) {
      const { baseline, effects, milliseconds } = await ask({ kind: 'effects', query, ablations: [ablation] });
      const [effect] = effects;
      expect([baseline.positions, effect!.positions]).toEqual([1, positions]);
      expect(query + 1 - firstChanged(ablation, query)).toBe(positions);
      expect(Math.min(baseline.milliseconds, effect!.milliseconds)).toBeGreaterThan(0);
      expect(baseline.milliseconds + effect!.milliseconds).toBeLessThan(milliseconds);
    }
  });

  test('a token hidden from everyone is the text without its weights, in passes too', async () => {
    const { ask, summary } = await explain('default', 'The cat sat on the mat and looked at the dog. '.repeat(20));
    const query = summary.tokens.length - 1;
    expect(query).toBeGreaterThan(128);
    const heads = Array.from({ length: 48 }, (_, index) => ({ layer: Math.floor(index / 8), head: index % 8 }));
    const everyone = { kind: 'token', token: 2, hiddenFrom: 'everyone' } as const;
    const effects = await ask({
      kind: 'effects',
      query,
      ablations: [
        { ...everyone, heads: 'all' },
        { ...everyone, heads },
        { kind: 'token', token: query, heads: 'all', hiddenFrom: 'everyone' },
        { kind: 'token', token: query, heads: 'all', hiddenFrom: 'query' },
      ],
    });
    const [all, listed, last, lastFromQuery] = effects.effects;
    expect(all!.divergence).toBeGreaterThan(0);
    expect(numbersOf(listed!)).toEqual(numbersOf(all!));
    expect(numbersOf(last!)).toEqual(numbersOf(lastFromQuery!));
  });

  test('quantised by the numbers of the pass, the whole text runs, and what is hidden is hidden', async () => {
    const { ask, summary } = await explainReference('gpt2-q8');
    const query = summary.tokens.length - 1;
    const effects = await ask({ kind: 'effects', query, ablations: [nothing, ...Object.values(ablations)] });
    expect(effects.passes).toBe(2 + Object.keys(ablations).length);
    const single = await effectsOf('gpt2', query);
    expect(effects.effects[0]).toMatchObject({ probability: effects.probability, divergence: 0 });
    // The same order of size as in single precision.
    Object.keys(ablations).forEach((name, index) => {
      const [quantised, exact] = [effects.effects[index + 1]!.divergence, single.effects[index]!.divergence];
      expect(Math.abs(quantised - exact), name).toBeLessThanOrEqual(0.05 + exact / 2);
    });
  });

  test('half precision stays near single precision', async () => {
    const { summary } = await explainReference('gpt2-fp16');
    const query = summary.tokens.length - 1;
    const [half, single] = [await effectsOf('gpt2-fp16', query), await effectsOf('gpt2', query)];
    half.effects.forEach(({ probability: p, divergence: d }, index) => {
      expect(p).toBeCloseTo(single.effects[index]!.probability, 2);
      expect(d).toBeCloseTo(single.effects[index]!.divergence, 1);
    });
  });

  test('a model that predicts nothing says so', async () => {
    const { ask } = await explainReference('bert');
    await expect(ask({ kind: 'effects', query: 2, ablations: [nothing] })).rejects.toMatchObject({
      failure: { code: 'unsupportedForm', message: expect.stringContaining('bert') as string },
    });
  });

  test('a cancelled question ends soon, and slices are answered meanwhile', async () => {
    const { ask, summary } = await explain('default', 'The cat sat on the mat and looked at the dog. '.repeat(20));
    await ask({ kind: 'effects', query: 3, ablations: [nothing] });
    const cancelled = new AbortController();
    const heads = [{ layer: 0, head: 0 }];
    const many = Array.from({ length: 200 }, (): Ablation => ({ kind: 'heads', heads }));
    const question = ask({ kind: 'effects', query: summary.tokens.length - 1, ablations: many }, cancelled.signal);
    let turns = 0;
    let answered = 0;
    const watch = setInterval(() => {
      void engine()
        .overview({ run: summary.run, quantity: 'weight', block: 8, pooling: 'max' }, cancelled.signal)
        .then(() => answered++);
      turns++;
      if (turns === 3) cancelled.abort(new Error('enough'));
    }, 1);
    await expect(question).rejects.toThrow('enough');
    clearInterval(watch);
    expect(answered).toBeGreaterThanOrEqual(3);
    expect(turns).toBeLessThan(20);
    const { effects } = await ask({ kind: 'effects', query: 3, ablations: [nothing] });
    expect(effects[0]!.divergence).toBe(0);
  });

  async function effectsOf(model: string, query: number): Promise<Effects> {
    const { ask }: Explained = await explainReference(model);
    return ask({ kind: 'effects', query, ablations: Object.values(ablations) });
  }
});

function pick({ id, text }: { readonly id: number; readonly text: string }) {
  return { id, text };
}

function probability(logits: Float32Array, id: number): number {
  return Math.exp(logits[id]! - logSumExp(logits));
}

/** Σ p·log₂(p/p′) */
function divergence(logits: Float32Array, others: Float32Array): number {
  return logits.reduce((sum, _, id) => {
    const p = probability(logits, id);
    return sum + p * Math.log2(p / probability(others, id));
  }, 0);
}
