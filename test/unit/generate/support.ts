import { Runtime } from '../../../src/model/runtime/runtime.ts';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll } from 'vitest';
import type { Generation } from '../../../src/model/generate/textGeneration.ts';
import { Generations, type StartOptions } from '../../../src/model/generate/generations.ts';
import type { GenerationId, GenerationOrigin, GenerationState, Sampling } from '../../../src/protocol/generation.ts';

export const greedy: Sampling = { temperature: 0, topK: 0, topP: 1, seed: 0 };
export const never = new AbortController().signal;
export const everyHead = { kind: 'mean', heads: 'all' } as const;

/** What PyTorch says of a model: test/vectors/README.md. */
export interface Reference {
  /** The file with the tensors. */
  readonly tensors: string;
  readonly tolerance: number;
  readonly texts: readonly [ReferenceText, ReferenceText];
}

interface ReferenceText {
  readonly text: string;
  readonly input_ids: readonly number[];
}

const vectors = path.resolve('test/vectors');

/** Folder of a model of the test vectors, or of the bundled one, `default`. */
export function folderOf(model: string): string {
  return model === 'default' ? path.resolve('models/default') : path.resolve(vectors, model);
}

export function referenceOf(model: string): Reference {
  const folder = path.resolve(vectors, model);
  const reference = JSON.parse(readFileSync(path.join(folder, 'reference.json'), 'utf8')) as Reference;
  return { ...reference, tensors: path.join(folder, reference.tensors) };
}

/** An open generation, as a test works with it. */
export interface Opened {
  readonly origin: GenerationOrigin;
  readonly generation: Generation;
  /** Takes steps one by one and returns the state after each. */
  readonly steps: (count: number) => Promise<GenerationState[]>;
}

/** Generations of the test file's own, with a folder for tapped models that goes with them. */
export function useGenerations(): {
  readonly cacheFolder: () => string;
  readonly generations: () => Generations;
  readonly start: (model: string, options?: Partial<StartOptions>) => Promise<Opened>;
} {
  let cacheFolder: string;
  let runtime: Runtime;
  let generations: Generations;
  beforeAll(async () => {
    cacheFolder = await mkdtemp(path.join(tmpdir(), 'explain-attention-generation-'));
    runtime = new Runtime({ cacheFolder, threads: 1 });
    generations = new Generations(runtime);
  });
  afterAll(async () => {
    await runtime.dispose();
    await rm(cacheFolder, { recursive: true, force: true });
  });
  const open: GenerationId[] = [];
  afterEach(async () => {
    for (const id of open.splice(0)) await generations.close(id);
  });
  const start = async (model: string, options: Partial<StartOptions> = {}): Promise<Opened> => {
    const request = {
      text: 'The animal was',
      policy: { kind: 'full' },
      sampling: greedy,
      memoryBudget: 2 ** 30,
    } as const;
    const { origin } = await generations.start(
      { ...request, ...options, modelFolder: folderOf(model) },
      () => undefined,
      never,
    );
    open.push(origin.generation);
    const generation = await generations.with(origin.generation, never, (found) => found);
    const steps = async (count: number): Promise<GenerationState[]> => {
      const states: GenerationState[] = [];
      for (let step = 0; step < count; step++) {
        await generation.step(undefined, never);
        states.push(generation.state);
      }
      return states;
    };
    return { origin, generation, steps };
  };
  return { cacheFolder: () => cacheFolder, generations: () => generations, start };
}

export function idsOf({ tokens }: GenerationState): number[] {
  return tokens.map(({ id }) => id);
}

export function largestDifference(first: ArrayLike<number>, second: ArrayLike<number>): number {
  if (first.length !== second.length) return Infinity;
  return Array.from(first).reduce((largest, value, index) => {
    const difference = Math.abs(value - second[index]!);
    return difference <= largest ? largest : difference;
  }, 0);
}
