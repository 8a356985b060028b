import { elementCount } from '../onnx/elementType.ts';
import type { GraphIndex } from '../onnx/graphIndex.ts';
import { passes } from './operators.ts';

const deepest = 12;

/** Whether a tensor is one number that depends on nothing but the shapes of others. */
export function isScalar(index: GraphIndex, tensor: string, depth = 0): boolean {
  const initializer = index.initializers.get(tensor);
  if (initializer) return initializer.dims.every((dim) => dim === 1);
  const node = index.producer(tensor);
  if (!node || depth > deepest) return false;
  if (node.operator === 'Shape') return depth > 0;
  if (node.constant) return elementCount(node.constant.dims) === 1;
  // The shape of a scalar is empty.
  if (node.operator === 'ConstantOfShape') return elementCount(index.storedDims(node.inputs[0] ?? '') ?? []) === 0;
  return passes(node, 'scalars') && node.inputs.every((input) => isScalar(index, input, depth + 1));
}
