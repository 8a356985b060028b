import { Tensor } from 'onnxruntime-node';
import type { ModelDescription } from '../../protocol/model.ts';
import type { TokenRange } from '../../protocol/run.ts';
import type { Tensors } from '../runtime/kvCache.ts';
import { GraphSession } from '../runtime/graphSession.ts';
import type { BlockInputs } from '../graph/mapGraph.ts';
import { type MappedGraph, tapForMap } from '../graph/tapModel.ts';
import type { BlockSizes } from './blockGrid.ts';
import { GrowingCache } from './growingCache.ts';

/** Some queries of a text that go through at once, over all keys up to the last of them. */
export interface MapPass {
  /** Ids of the queries, filled up to a whole number of blocks. */
  readonly ids: readonly number[];
  readonly rows: TokenRange;
  readonly blocks: BlockSizes;
  readonly past: Tensors;
  /** Queries, counted in this pass, whose weights are wanted as they are. */
  readonly checked: readonly number[];
}

/** The tensors of a pass by their names in the graph. */
export type MapOutputs = Readonly<Record<string, Tensor>>;

/** A causal model in memory whose graph hands out what a map of long attention is made of. */
export class MappedModel {
  private constructor(
    readonly description: ModelDescription,
    readonly graph: MappedGraph,
    readonly headSize: number,
    private readonly session: GraphSession,
  ) {}

  /** @returns `undefined` where the graph doesn't allow it. */
  static async load(
    description: ModelDescription,
    headSize: number,
    { threads }: { readonly threads: number },
  ): Promise<MappedModel | undefined> {
    const { folder: modelFolder, name } = description;
    const graph = await tapForMap(modelFolder);
    if (graph?.layers.length !== description.layers || graph.cache.length !== description.layers) return undefined;
    return new MappedModel(description, graph, headSize, await GraphSession.openModel(graph.sidecar, threads, name));
  }

  /** An empty cache for a text of so many positions. */
  newCache(positions: number): GrowingCache {
    const { keyValueHeads } = this.description;
    return new GrowingCache(this.graph.cache, { keyValueHeads, headSize: this.headSize }, positions);
  }

  async run(pass: MapPass): Promise<MapOutputs> {
    const { ids, rows, blocks, past, checked } = pass;
    const { inputs } = this.graph;
    const [queries, keys] = [ids.length, rows.start + ids.length];
    const positions = Array.from({ length: queries }, (_, index) => rows.start + index);
    const text = this.session.textFeeds({ ids, positions, pastLength: rows.start });
    const { heads, layers } = this.description;
    return this.session.run({
      ...text,
      ...past,
      ...blockFeeds(inputs.blocks.heads, heads, queries, keys, blocks.heads),
      ...blockFeeds(inputs.blocks.layers, 1, queries, keys, blocks.layers),
      ...blockFeeds(inputs.blocks.mean, 1, queries, keys, blocks.mean),
      [inputs.matrices]: integers([1, heads, queries, keys]),
      [inputs.headRows]: integers([heads, queries * keys]),
      [inputs.oneHead]: integers([1, 1, queries, keys]),
      [inputs.headShares]: floats(new Float32Array(heads).fill(1 / heads), [1, heads]),
      [inputs.layerShare]: floats(Float32Array.of(1 / layers), [1]),
      [inputs.ofText]: floats(ones(queries, rows.end - rows.start), [queries, 1]),
      [inputs.future]: floats(aboveDiagonal(queries), [queries, queries]),
      [inputs.newKeys]: integers([rows.start]),
      [inputs.allKeys]: integers([keys]),
      [inputs.checked]: integers(checked),
    });
  }

  async dispose(): Promise<void> {
    await this.session.release();
  }
}

function blockFeeds(
  inputs: BlockInputs,
  heads: number,
  queries: number,
  keys: number,
  block: number,
): Record<string, Tensor> {
  const later = (size: number): Tensor => floats(ones(size, size).fill(0, 0, 1), [size]);
  return {
    [inputs.keyBlocks]: integers([heads, queries, keys / block, block]),
    [inputs.queryBlocks]: integers([heads, queries / block, block, keys / block]),
    [inputs.blockSize]: integers([block]),
    [inputs.laterKeys]: later(block),
    [inputs.laterBlocks]: later(keys / block),
  };
}

/** `count` ones, then zeros. */
function ones(size: number, count: number): Float32Array {
  return new Float32Array(size).fill(1, 0, count);
}

function aboveDiagonal(size: number): Float32Array {
  const matrix = new Float32Array(size * size);
  for (let row = 0; row < size; row++) matrix.fill(1, row * size + row + 1, (row + 1) * size);
  return matrix;
}

function integers(values: readonly number[]): Tensor {
  return new Tensor('int64', BigInt64Array.from(values, BigInt), [values.length]);
}

function floats(values: Float32Array, dims: readonly number[]): Tensor {
  return new Tensor('float32', values, dims);
}
