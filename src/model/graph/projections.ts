import type { GraphIndex } from '../onnx/graphIndex.ts';
import type { OnnxNode } from '../onnx/onnxModel.ts';
import { passes, valueInputs } from './operators.ts';

/** The matrix W_O that the outputs of all heads, side by side, are multiplied by. */
export interface OutputProjection {
  /** [heads × value size, width], or the other way round. */
  readonly tensor: string;
  readonly isTransposed: boolean;
  /** Scale and zero point of a quantised matrix. */
  readonly quantization: { readonly scale: string; readonly zeroPoint: string } | undefined;
}

const farthest = 16;
const mostSteps = 128;

/** Permutations that put heads behind queries: of [1, heads, queries, size], of [heads, …], of [1, groups, heads, …]. */
const headsAfterQueries = new Set(['0,2,1,3', '1,0,2', '0,3,1,2,4', '2,0,1,3']);

/** Finds W_O behind the outputs of the heads. */
export function findOutputProjection(index: GraphIndex, output: string): OutputProjection | undefined {
  let tensor = output;
  let isSideBySide = false;
  for (let step = 0; step < farthest; step++) {
    const takers = index.consumersOf(tensor).filter(({ operator }) => operator !== 'Shape');
    const [node] = takers;
    if (!node || takers.length > 1 || node.inputs[0] !== tensor) return undefined;
    if (node.operator === 'Transpose') {
      if (isSideBySide || !headsAfterQueries.has(node.attributes.get('perm')?.join() ?? '')) return undefined;
      isSideBySide = true;
    } else if (!passes(node, 'outputs')) {
      return isSideBySide ? projectionOf(index, node) : undefined;
    }
    tensor = node.outputs[0] ?? '';
  }
  return undefined;
}

function projectionOf(index: GraphIndex, node: OnnxNode): OutputProjection | undefined {
  const tensor = node.inputs[1] ?? '';
  if (index.isActivation(tensor)) return undefined;
  switch (node.operator) {
    case 'MatMul':
      return { tensor, isTransposed: false, quantization: undefined };
    case 'Gemm': {
      const isPlain = !node.attributes.get('transA')?.[0] && (node.attributes.get('alpha')?.[0] ?? 1) === 1;
      const isTransposed = node.attributes.get('transB')?.[0] === 1;
      return isPlain ? { tensor, isTransposed, quantization: undefined } : undefined;
    }
    case 'MatMulInteger': {
      const scale = weightScale(index, node.outputs[0] ?? '');
      const zeroPoint = node.inputs[3] ?? '';
      return scale === undefined || zeroPoint === ''
        ? undefined
        : { tensor, isTransposed: false, quantization: { scale, zeroPoint } };
    }
    default:
      return undefined;
  }
}

/** The product of integers is cast, and multiplied by (scale of the activations × scale of the weights). */
function weightScale(index: GraphIndex, product: string): string | undefined {
  const cast = index.consumersOf(product)[0]?.outputs[0] ?? '';
  const scaling = index.consumersOf(cast)[0];
  const scales = scaling?.inputs.map((input) => index.producer(input)).find((node) => node?.operator === 'Mul');
  return scales?.inputs.find((input) => !index.isActivation(input));
}

const linear = new Set(['MatMul', 'Gemm', 'MatMulInteger']);

/** Finds what a layer's attention reads: the left factor of the nearest projection before its values. */
export function findAttentionInput(index: GraphIndex, value: string): string | undefined {
  const queue = [value];
  const seen = new Set(queue);
  for (const tensor of queue) {
    const node = index.producer(tensor);
    if (!node || queue.length > mostSteps) continue;
    const [left = '', right = ''] = node.inputs;
    if (linear.has(node.operator) && !index.isActivation(right)) return beforeForm(index, left);
    for (const input of valueInputs(node)) {
      if (!index.isActivation(input) || seen.has(input)) continue;
      seen.add(input);
      queue.push(input);
    }
  }
  return undefined;
}

/** A tensor before it was given the form, or the number format, in which a product takes it. */
function beforeForm(index: GraphIndex, tensor: string): string {
  let current = tensor;
  for (let step = 0; step < farthest; step++) {
    const node = index.producer(current);
    if (!node || !passes(node, 'projected')) return current;
    current = node.inputs[0] ?? '';
  }
  return current;
}
