import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { wholeAttention } from '../../../src/model/runtime/wholeAttention.ts';
import { findAttention } from '../../../src/model/graph/findAttention.ts';
import { layerFacts } from '../../../src/model/graph/layerFacts.ts';
import { modelInMemory } from '../../support/modelInMemory.ts';
import { changedModel } from '../../support/changedModel.ts';
import { folderOf, idsOf, largestDifference, never, referenceOf, useGenerations } from './support.ts';

const { cacheFolder, start } = useGenerations();

/** A llama, all in fp32, whose layers read numbers that are scaled by the largest of their pass. */
let scaled: string;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'explain-attention-one-pass-'));
  scaled = await changedModel(folderOf('llama'), path.join(folder, 'scaled'), {
    graph: (index) => {
      const inputs = findAttention(index).map((block) => layerFacts(index, block)!.input!);
      return {
        addedNodes: inputs.flatMap((input, layer) => [
          { operator: 'ReduceMax', inputs: [input], output: `form.${layer}.largest`, attributes: { keepdims: 0 } },
          { operator: 'Div', inputs: [input, `form.${layer}.largest`], output: `form.${layer}.scaled` },
        ]),
        rewired: new Map(
          inputs.flatMap((input, layer) =>
            index.consumersOf(input).map((node) => [node, new Map([[input, `form.${layer}.scaled`]])] as const),
          ),
        ),
      };
    },
  });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const models = [
  ['scaled by the largest number', () => scaled],
  ['8 bits', () => folderOf('gpt2-q8')],
] as const;
const text = referenceOf('llama').texts[0].text;

describe.each(models)('%s', (_, modelOf) => {
  test('a text is run in one pass', async () => {
    const model = await modelInMemory(modelOf(), cacheFolder());
    const { ids } = await model.encoder.encodePrefix(text, 60);
    const passes: number[] = [];
    const attention = await wholeAttention(model, ids, never, (done) => passes.push(done));
    expect(passes).toEqual([ids.length]);
    const { heads } = model.description;
    const all = { start: 0, end: ids.length };
    const { weights } = await single(modelOf(), ids);
    for (const [layer, truth] of weights.entries()) {
      for (let head = 0; head < heads; head++) {
        const ours = attention.region({ layer, head }, all, all);
        expect(largestDifference(ours, truth.slice(head * ids.length ** 2, (head + 1) * ids.length ** 2))).toBe(0);
      }
    }
    await model.dispose();
  });

  test('a prompt is one pass, its rows and the prediction behind it are those of that pass', async () => {
    const { generation, origin } = await start(modelOf(), { text });
    expect(origin.passDependence).toMatch(/ReduceMax|DynamicQuantizeLinear/);
    const ids = origin.promptTokens.map(({ id }) => id);
    const { weights } = await single(modelOf(), ids);
    for (const position of [3, ids.length - 1]) {
      const row = await generation.row({ kind: 'head', layer: 1, head: 2 }, position, never);
      const from = (2 * ids.length + position) * ids.length;
      expect(largestDifference(row.weights, weights[1]!.slice(from, from + position + 1))).toBe(0);
    }
    await generation.recompute(never);
    expect(generation.state.steps[0]!.recomputed!.difference).toBe(0);
  });

  test('with the cache each token is a pass of its own, and going back and forth changes none', async () => {
    const { generation, steps, origin } = await start(modelOf(), { text });
    const taken = (await steps(5)).at(-1)!;
    const prompt = origin.promptTokens.length;
    const before = await generation.row({ kind: 'head', layer: 1, head: 2 }, prompt + 2, never);
    await generation.setPolicy({ kind: 'preallocated', positions: 120 }, never);
    await generation.setPolicy({ kind: 'full' }, never);
    expect(await generation.row({ kind: 'head', layer: 1, head: 2 }, prompt + 2, never)).toEqual(before);
    const { next, firstDifference } = await generation.effect(never);
    expect(firstDifference).toBeUndefined();
    expect(next.full).toEqual(next.policy);
    expect(idsOf(generation.state)).toEqual(idsOf(taken));
  });

  test('without a cache each step is one pass over the whole text', async () => {
    const { generation, steps, origin } = await start(modelOf(), { text, policy: { kind: 'none' } });
    await steps(3);
    await generation.recompute(never);
    expect(generation.state.steps[3]!.recomputed!.difference).toBe(0);
    const ids = [...origin.promptTokens.map(({ id }) => id), ...idsOf(generation.state)];
    const { weights } = await single(modelOf(), ids);
    const row = await generation.row({ kind: 'head', layer: 1, head: 2 }, undefined, never);
    const from = (2 * ids.length + ids.length - 1) * ids.length;
    expect(largestDifference(row.weights, weights[1]!.slice(from, from + ids.length))).toBe(0);
  });
});

/** The weights of one pass of the runtime over a whole text. */
async function single(modelFolder: string, ids: readonly number[]) {
  const model = await modelInMemory(modelFolder, cacheFolder());
  const layers = [...model.facts.keys()];
  const pass = { ids, positions: [...ids.keys()], pastLength: 0, past: model.emptyPast, weights: layers };
  const { weights } = await model.run(pass);
  await model.dispose();
  return { weights: layers.map(weights) };
}
