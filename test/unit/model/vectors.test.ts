import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Engine } from '../../../src/model/engine.ts';
import { readSafetensors } from '../safetensors.ts';

interface Reference {
  readonly tensors: string;
  readonly tolerance: number;
  readonly texts: readonly { readonly text: string; readonly input_ids: readonly number[] }[];
}

let cacheFolder: string;
beforeAll(async () => {
  cacheFolder = await mkdtemp(path.join(tmpdir(), 'explain-attention-vectors-'));
});
afterAll(() => rm(cacheFolder, { recursive: true, force: true }));

/** From text to attention: tokenizer, tap, run, self-check and store against PyTorch's eager attention. */
test.each(['gpt2', 'llama', 'qwen3', 'gemma3', 'gpt-neox', 'bert', 'distilbert', 'roberta'])('%s', async (name) => {
  const modelFolder = path.resolve('test/vectors', name);
  const { texts, tensors, tolerance } = JSON.parse(
    await readFile(path.join(modelFolder, 'reference.json'), 'utf8'),
  ) as Reference;
  expect(tolerance).toBeLessThanOrEqual(1e-4);
  const expected = await readSafetensors(path.join(modelFolder, tensors));
  const engine = new Engine({ cacheFolder, threads: 1 });
  for (const [index, { text, input_ids: ids }] of texts.entries()) {
    const request = { modelFolder, text, memoryBudget: 2 ** 30 };
    const { run, tokens, model } = await engine.explain(request, () => undefined, new AbortController().signal);
    expect(tokens.map(({ id }) => id)).toEqual(ids);
    const whole = { start: 0, end: ids.length };
    for (let layer = 0; layer < model.layers; layer++) {
      const reference = expected.get(`text${index}.attention.${layer}`)?.data ?? new Float32Array();
      const heads = Array.from({ length: model.heads }, (_, head) =>
        engine.attention(run).region({ layer, head }, whole, whole),
      );
      expect(largestDifference(heads, reference)).toBeLessThanOrEqual(tolerance);
    }
  }
});

function largestDifference(heads: readonly Float32Array[], reference: Float32Array): number {
  expect(reference.length).toBe(heads.reduce((sum, head) => sum + head.length, 0));
  let largest = 0;
  let cell = 0;
  for (const head of heads) {
    for (const weight of head) largest = Math.max(largest, Math.abs(weight - reference[cell++]!));
  }
  return largest;
}
