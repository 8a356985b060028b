import { largestDifference } from '../../attention/difference.ts';
import type { PassProgress } from '../../protocol/modelWire.ts';
import type { HeldWeights } from '../../protocol/run.ts';
import type { AttentionReader } from '../attentionReader.ts';
import { GraphReader } from './graphReader.ts';
import { mapText } from './mapText.ts';
import type { MappedModel } from './mappedModel.ts';
import { rowsPerPass, type RunShape } from './memory.ts';
import { QueryKeyReader } from './queryKeyReader.ts';
import { type TextMap, textMapBytes } from './textMap.ts';
import type { TileGraphs } from './tileGraph.ts';

/** Largest difference to the graph's own weights with which weights are computed from queries and keys. */
const TOLERANCE = 1e-5;

/** A long text of which no weight is kept, and what they are computed from. */
export interface LongRun {
  readonly map: TextMap;
  readonly reader: AttentionReader;
  readonly weights: HeldWeights;
  readonly bytes: number;
  /** Wall-clock time of the passes. */
  readonly milliseconds: number;
  /** A reader of the weights, each multiplied by its key's ‖v·W_O‖₂ [layers, heads, tokens]. */
  readonly weighted: (norms: Float32Array) => AttentionReader;
  readonly dispose: () => Promise<void>;
}

export interface LongRunOptions {
  readonly cacheFolder: string;
  readonly threads: number;
  readonly graphs: TileGraphs;
  /** Most bytes that it may take while it runs. */
  readonly budget: number;
  readonly onPasses: (progress: PassProgress) => void;
  /** Chosen from the budget by default. */
  readonly rowsPerPass?: number;
}

/**
 * Runs a long text. Its weights are computed from queries and keys, if that gives what the graph itself gave in the rows
 * that are compared, else by running the graph over the asked rows again.
 * The model is disposed of as soon as nothing needs it.
 */
export async function runLong(
  model: MappedModel,
  ids: readonly number[],
  shape: RunShape,
  signal: AbortSignal,
  options: LongRunOptions,
): Promise<LongRun> {
  try {
    const rows = options.rowsPerPass ?? rowsPerPass(ids.length, shape, options.budget);
    const start = performance.now();
    const map = await mapText(model, ids, signal, { onPasses: options.onPasses, rowsPerPass: rows });
    const common = { map, bytes: textMapBytes(map), milliseconds: performance.now() - start };
    const fromVectors = (norms?: Float32Array): AttentionReader => new QueryKeyReader(map, options.graphs, norms);
    const difference = await differenceOf(fromVectors(), map, signal);
    if (difference <= TOLERANCE) {
      await model.dispose();
      const weights = { kind: 'computed', from: 'queriesAndKeys', largestDifference: difference } as const;
      return { ...common, reader: fromVectors(), weights, weighted: fromVectors, dispose: () => Promise.resolve() };
    }
    const fromGraph = (norms?: Float32Array): AttentionReader => new GraphReader(model, map, ids, norms);
    const reader = fromGraph();
    const largest = await differenceOf(reader, map, signal);
    const weights = { kind: 'computed', from: 'graph', largestDifference: largest } as const;
    return { ...common, reader, weights, weighted: fromGraph, dispose: () => model.dispose() };
  } catch (error) {
    await model.dispose();
    throw error;
  }
}

/** Over the rows that were kept as the graph made them; NaN where nothing can be computed. */
async function differenceOf(reader: AttentionReader, map: TextMap, signal: AbortSignal): Promise<number> {
  if (map.layers.some(({ queries }) => queries.length === 0) && reader instanceof QueryKeyReader) return NaN;
  let largest = 0;
  for (const { query, layers } of map.checkedRows) {
    const keys = query + 1;
    const stack = await reader.stack({ start: query, end: keys }, { start: 0, end: keys }, signal);
    for (const [layer, row] of layers.entries()) {
      const part = stack.subarray(layer * row.length, (layer + 1) * row.length);
      largest = Math.max(largest, largestDifference(part, row));
    }
  }
  return largest;
}
