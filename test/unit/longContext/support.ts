import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import type { LoadedModel } from '../../../src/model/runtime/loadedModel.ts';
import { runShape } from '../../../src/model/explainText.ts';
import { modelInMemory } from '../../support/modelInMemory.ts';
import { type LongRun, type LongRunOptions, runLong } from '../../../src/model/longContext/longRun.ts';
import type { RunShape } from '../../../src/model/longContext/memory.ts';
import { TileGraphs } from '../../../src/model/longContext/tileGraph.ts';
import { folderOf } from '../generate/support.ts';

export const never = new AbortController().signal;

export const words = 'the cat sat on the mat, and looked at 2 dogs (and 1 bird).\n';

/** A cache of tapped models for one test file. */
export function useCache(): () => string {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'explain-attention-map-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  return () => folder;
}

export function loadModel(name: string, cacheFolder: string): Promise<LoadedModel> {
  return modelInMemory(folderOf(name), cacheFolder);
}

export async function idsOf(model: LoadedModel, count: number): Promise<readonly number[]> {
  return (await model.encoder.encodePrefix(words.repeat(count), count)).ids;
}

/** Runs a text the way long ones are run, however short it is. */
export async function runAsLong(
  model: LoadedModel,
  ids: readonly number[],
  rowsPerPass: number,
  { precision = 'single', ...changes }: Partial<Pick<LongRunOptions, 'graphs' | 'blocks'> & RunShape> = {},
): Promise<LongRun> {
  const common = { graphs: new TileGraphs(1), budget: 2 ** 30 };
  const options = { ...common, onPasses: () => undefined, rowsPerPass, ...changes };
  return runLong(model, ids, runShape(model, precision), never, options);
}
