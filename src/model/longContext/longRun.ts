import { largestDifference } from '../../attention/difference.ts';
import type { ComputedWeights, FloatPrecision } from '../../protocol/run.ts';
import type { AttentionReader } from '../runtime/attentionReader.ts';
import { blockSizes, type BlockSizes } from './blockGrid.ts';
import { GraphReader } from './graphReader.ts';
import { withHalfVectors } from './halfVectors.ts';
import { mapText, type PassesDone } from './mapText.ts';
import type { LoadedModel } from '../runtime/loadedModel.ts';
import { rowsPerPass, type RunShape } from './memory.ts';
import { QueryKeyReader } from './queryKeyReader.ts';
import { type TextMap, textMapBytes, type Vectors } from './textMap.ts';
import type { TileGraphs } from './tileGraph.ts';

/** Largest difference to the graph's own weights with which weights are computed from queries and keys. */
const TOLERANCE = 1e-5;

/** A long text of which the weights of its heads are not kept, and what they are computed from. */
export interface LongRun {
  readonly map: TextMap<Vectors>;
  readonly reader: AttentionReader;
  readonly weights: ComputedWeights;
  readonly bytes: number;
  /** Wall-clock time of the passes. */
  readonly milliseconds: number;
  /** A reader of the weights, each multiplied by its key's ‖v·W_O‖₂ [layers, heads, tokens]. */
  readonly weighted: (norms: Float32Array) => AttentionReader;
  /** Whether the reader runs the model again. */
  readonly needsModel: boolean;
}

export interface LongRunOptions {
  readonly graphs: TileGraphs;
  /** Most bytes that it may take while it runs. */
  readonly budget: number;
  readonly onPasses: (progress: PassesDone) => void;
  /** Chosen from the budget by default. */
  readonly rowsPerPass?: number;
  /** Chosen from the text's length by default. */
  readonly blocks?: BlockSizes;
}

/**
 * Runs a long text. Its weights are computed from queries and keys, if that gives what the graph itself gave in the rows
 * that are compared, else by running the graph over the asked rows again.
 */
export async function runLong(
  model: LoadedModel,
  ids: readonly number[],
  shape: RunShape,
  signal: AbortSignal,
  options: LongRunOptions,
): Promise<LongRun> {
  const rows = options.rowsPerPass ?? rowsPerPass(ids.length, shape, options.budget);
  const start = performance.now();
  const { onPasses, blocks = blockSizes(ids.length, shape) } = options;
  const map = await mapText(model, ids, signal, { onPasses, rowsPerPass: rows, blocks });
  const milliseconds = performance.now() - start;
  const exact = await fromVectors(map, options.graphs, 'single', signal);
  if (exact.weights.largestDifference <= TOLERANCE) {
    if (shape.precision === 'single') return { ...exact, milliseconds };
    const half = await fromVectors(await withHalfVectors(map, signal), options.graphs, 'half', signal);
    // A number beyond 65,504 is none as a half.
    return { ...(Number.isFinite(half.weights.largestDifference) ? half : exact), milliseconds };
  }
  const fromGraph = (norms?: Float32Array): AttentionReader => new GraphReader(model, map, ids, norms);
  const reader = fromGraph();
  const largestDifference = await differenceOf(reader, map, signal);
  return {
    ...{ map, reader, bytes: textMapBytes(map), milliseconds, weighted: fromGraph, needsModel: true },
    weights: { kind: 'computed', from: 'graph', precision: 'single', largestDifference },
  };
}

async function fromVectors(
  map: TextMap<Vectors>,
  graphs: TileGraphs,
  precision: FloatPrecision,
  signal: AbortSignal,
): Promise<Omit<LongRun, 'milliseconds'>> {
  const weighted = (norms?: Float32Array): AttentionReader => new QueryKeyReader(map, graphs, norms);
  const reader = weighted();
  const largestDifference = await differenceOf(reader, map, signal);
  return {
    ...{ map, reader, weighted, bytes: textMapBytes(map) },
    weights: { kind: 'computed', from: 'queriesAndKeys', precision, largestDifference },
    needsModel: false,
  };
}

/** Over the rows that were kept as the graph made them; NaN where nothing can be computed. */
async function differenceOf(reader: AttentionReader, map: TextMap<Vectors>, signal: AbortSignal): Promise<number> {
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
