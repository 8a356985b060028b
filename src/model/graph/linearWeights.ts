import type { GraphIndex } from '../onnx/graphIndex.ts';
import type { OnnxInitializer, OnnxNode } from '../onnx/onnxModel.ts';

/** Numbers in the matrices of a graph that activations are multiplied by, the output head's included. */
export function linearWeights(index: GraphIndex): number {
  return index.graph.nodes.reduce((sum, node) => sum + multipliedWeights(index, node), 0);
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
