import { findGraphFile } from '../tap/modelFiles.ts';
import { openGraph } from '../tap/openGraph.ts';
import type { GraphIndex } from '../onnx/graphIndex.ts';
import type { OnnxInitializer, OnnxNode } from '../onnx/onnxModel.ts';

/** What the file tells of a model's arithmetic, beyond its attention. */
export interface GraphFacts {
  /** Numbers in the matrices that activations are multiplied by, the output head's included. */
  readonly linearWeights: number;
  /** Rows of the table in which positions are looked up; `undefined` where they are computed, as rotary ones are. */
  readonly positionTable: number | undefined;
}

export async function readGraphFacts(modelFolder: string): Promise<GraphFacts> {
  return openGraph(await findGraphFile(modelFolder), (_, index) => ({
    linearWeights: index.graph.nodes.reduce((sum, node) => sum + multipliedWeights(index, node), 0),
    positionTable: positionTable(index),
  }));
}

/**
 * Whether positions, or the angles of rotary ones, are looked up in a stored table that ends with the context: a longer
 * text would run out of it.
 */
export async function hasPositionTable(modelFolder: string, contextLength: number): Promise<boolean> {
  return openGraph(await findGraphFile(modelFolder), (_, index) =>
    index.graph.nodes.some(({ operator, inputs }) => {
      if (operator !== 'Gather' && operator !== 'Slice') return false;
      const [table = '', place = ''] = inputs;
      if (place === 'input_ids' || index.isActivation(table)) return false;
      const dims = stored(index, table)?.dims ?? [];
      // Some tables have a few places more, for padding.
      return dims.length > 1 && dims.some((size) => size >= contextLength && size <= contextLength + 8);
    }),
  );
}

/** Products of an activation with a stored matrix, by the places of their factors. */
const factors: ReadonlyMap<string, readonly [number, number]> = new Map([
  ['MatMul', [0, 1]],
  ['Gemm', [0, 1]],
  ['MatMulInteger', [0, 1]],
  ['QLinearMatMul', [0, 3]],
  ['FusedMatMul', [0, 1]],
  ['FusedGemm', [0, 1]],
  ['DynamicQuantizeMatMul', [0, 1]],
]);

function multipliedWeights(index: GraphIndex, node: OnnxNode): number {
  if (node.operator === 'MatMulNBits') {
    // Its matrix is packed; the attributes say what it stands for.
    return (node.attributes.get('N')?.[0] ?? 0) * (node.attributes.get('K')?.[0] ?? 0);
  }
  const [left, right] = factors.get(node.operator) ?? [];
  if (left === undefined || right === undefined) return 0;
  const inputs = [node.inputs[left] ?? '', node.inputs[right] ?? ''];
  const constant = inputs.find((input) => !index.isActivation(input));
  const dims = constant === undefined ? [] : (stored(index, constant)?.dims ?? []);
  return dims.length < 2 ? 0 : dims.reduce((product, dim) => product * dim, 1);
}

/** The stored tensor that a constant is made of by casting, transposing or the like. */
function stored(index: GraphIndex, tensor: string): OnnxInitializer | undefined {
  let name = tensor;
  for (let step = 0; step < longestChain; step++) {
    const initializer = index.initializers.get(name);
    if (initializer) return initializer;
    name = index.producer(name)?.inputs[0] ?? '';
  }
  return undefined;
}

const longestChain = 16;

const keepsPositions = new Set([
  'Cast',
  'Unsqueeze',
  'Squeeze',
  'Reshape',
  'Expand',
  'Add',
  'Sub',
  'Identity',
  'Flatten',
]);

function positionTable(index: GraphIndex): number | undefined {
  const tensors = ['position_ids'];
  const seen = new Set(tensors);
  for (const tensor of tensors) {
    for (const node of index.consumersOf(tensor)) {
      if (node.operator === 'Gather' && node.inputs[1] === tensor) {
        const table = stored(index, node.inputs[0] ?? '');
        if (table?.dims[0] !== undefined && table.dims.length > 1) return table.dims[0];
      }
      const next = node.outputs[0] ?? '';
      if (!keepsPositions.has(node.operator) || seen.has(next)) continue;
      seen.add(next);
      tensors.push(next);
    }
  }
  return undefined;
}
