import { Runtime } from '../../../src/model/runtime/runtime.ts';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { Engine } from '../../../src/model/engine.ts';
import { type Answer, type InspectionKind, isAnswerTo, type Question } from '../../../src/protocol/inspection.ts';
import type { RunSummary } from '../../../src/protocol/run.ts';
import { folderOf, largestDifference, never, referenceOf } from '../generate/support.ts';
import type { StoredTensor } from '../safetensors.ts';

/** Models with PyTorch's word on every step, in `inspection.safetensors`. */
export const withReference = [
  ...['gpt2', 'llama', 'qwen3', 'gemma3', 'gemma2-eager', 'gpt-neox'],
  ...['bert', 'distilbert', 'roberta'],
];

export function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance = 1e-4): void {
  expect(largestDifference(actual, expected)).toBeLessThanOrEqual(tolerance);
}

/** Rows of one head of a tensor [heads, tokens, size]. */
export function rowsOf(
  { data, shape }: StoredTensor<Float32Array>,
  head: number,
  start: number,
  end: number,
): Float32Array {
  const [, tokens, size] = shape as [number, number, number];
  return data.subarray((head * tokens + start) * size, (head * tokens + end) * size);
}

export interface Explained {
  readonly summary: RunSummary;
  readonly ask: <K extends InspectionKind>(
    question: Question & { readonly kind: K },
    signal?: AbortSignal,
  ) => Promise<Answer<K>>;
  readonly valueNorms: () => Promise<Float32Array>;
}

/** An engine of the test file's own, with a folder for tapped models that goes with it. */
export function useEngine() {
  let cacheFolder: string;
  let engine: Engine;
  beforeAll(async () => {
    cacheFolder = await mkdtemp(path.join(tmpdir(), 'explain-attention-inspection-'));
    engine = new Engine(new Runtime({ cacheFolder, threads: 1 }));
  });
  afterAll(async () => {
    await engine.dispose();
    await rm(cacheFolder, { recursive: true, force: true });
  });
  const explain = async (model: string, text: string, memoryBudget = 2 ** 30): Promise<Explained> => {
    const options = { modelFolder: folderOf(model), text, memoryBudget };
    const summary = await engine.explain(options, () => undefined, never);
    return {
      summary,
      valueNorms: () => engine.valueNorms(summary.run, never),
      ask: async (question, signal = never) => {
        const answer = await engine.inspect({ run: summary.run, question }, signal);
        if (!isAnswerTo(question.kind, answer)) throw new Error(`${answer.kind} is no answer to ${question.kind}.`);
        return answer;
      },
    };
  };
  return {
    cacheFolder: () => cacheFolder,
    engine: () => engine,
    explain,
    /** Explains a text of the model's reference; its tokens are those of the reference. */
    explainReference: (model: string, text = 0) => explain(model, referenceOf(model).texts[text]!.text),
  };
}
