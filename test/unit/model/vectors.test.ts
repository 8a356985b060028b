import { Runtime } from '../../../src/model/runtime/runtime.ts';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Engine } from '../../../src/model/engine.ts';
import { wholeAttention } from '../../../src/model/runtime/wholeAttention.ts';
import { modelInMemory } from '../../support/modelInMemory.ts';
import type { AttentionSource } from '../../../src/attention/source.ts';
import type { ModelDescription } from '../../../src/protocol/model.ts';
import { folderOf, referenceOf } from '../generate/support.ts';
import { attentionOf } from '../../support/wholeRun.ts';
import { readSafetensors } from '../safetensors.ts';

let cacheFolder: string;
beforeAll(async () => {
  cacheFolder = await mkdtemp(path.join(tmpdir(), 'explain-attention-vectors-'));
});
afterAll(() => rm(cacheFolder, { recursive: true, force: true }));

/** From text to attention: tokenizer, tap, run, self-check and store against PyTorch's eager attention. */
test.each(['gpt2', 'llama', 'qwen3', 'gemma3', 'gpt-neox', 'bert', 'distilbert', 'roberta', 'default'])(
  '%s',
  async (name) => {
    const { modelFolder, texts, expected, tolerance } = await reference(name);
    const engine = new Engine(new Runtime({ cacheFolder, threads: 1 }));
    for (const [index, { text, input_ids: ids }] of texts.entries()) {
      const request = { modelFolder, text, memoryBudget: 2 ** 30 };
      const { run, tokens, model } = await engine.explain(request, () => undefined, new AbortController().signal);
      expect(tokens.map(({ id }) => id)).toEqual(ids);
      expectEqual(
        await attentionOf(engine, run),
        model,
        (layer) => expected.get(`text${index}.attention.${layer}`)?.data,
        tolerance,
      );
    }
  },
);

/** Decoders run longer texts in passes: the weights are the same, wherever the passes end. */
test.each(['gpt2', 'llama', 'qwen3', 'gemma3', 'gpt-neox', 'default'])('%s in passes', async (name) => {
  const { modelFolder, texts, expected, tolerance } = await reference(name);
  const model = await modelInMemory(modelFolder, cacheFolder);
  const [{ input_ids: ids }] = texts;
  for (const rowsPerPass of [1, 7, ids.length - 1, ids.length, ids.length + 1]) {
    const attention = await wholeAttention(model, ids, new AbortController().signal, undefined, rowsPerPass);
    expectEqual(attention, model.description, (layer) => expected.get(`text0.attention.${layer}`)?.data, tolerance);
  }
  await model.dispose();
});

function expectEqual(
  attention: AttentionSource,
  { layers, heads }: Pick<ModelDescription, 'layers' | 'heads'>,
  expected: (layer: number) => Float32Array | undefined,
  tolerance: number,
): void {
  const whole = { start: 0, end: attention.tokens };
  for (let layer = 0; layer < layers; layer++) {
    const found = Array.from({ length: heads }, (_, head) => attention.region({ layer, head }, whole, whole));
    expect(largestDifference(found, expected(layer) ?? new Float32Array())).toBeLessThanOrEqual(tolerance);
  }
}

async function reference(name: string) {
  const { texts, tensors, tolerance } = referenceOf(name);
  expect(tolerance).toBeLessThanOrEqual(1e-4);
  return { modelFolder: folderOf(name), texts, tolerance, expected: await readSafetensors(tensors) };
}

function largestDifference(heads: readonly Float32Array[], reference: Float32Array): number {
  expect(reference.length).toBe(heads.reduce((sum, head) => sum + head.length, 0));
  let largest = 0;
  let cell = 0;
  for (const head of heads) {
    for (const weight of head) largest = Math.max(largest, Math.abs(weight - reference[cell++]!));
  }
  return largest;
}
