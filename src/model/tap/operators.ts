import type { GraphIndex } from '../onnx/graphIndex.ts';
import type { OnnxNode } from '../onnx/onnxModel.ts';

/** Products of two tensors, with the place of the right factor among the inputs. */
const products: Readonly<Record<string, number>> = {
  MatMul: 1,
  Einsum: 1,
  MatMulInteger: 1,
  QLinearMatMul: 3,
  FusedMatMul: 1,
  MatMulIntegerToFloat: 1,
};

/** What stands between the product of queries and keys and the Softmax: scale, mask, bias, soft cap, sinks, precision. */
const scoreOperators = new Set([
  'Add',
  'Sub',
  'Mul',
  'Div',
  'Tanh',
  'Where',
  'Cast',
  'Identity',
  'Dropout',
  'Reshape',
  'Transpose',
  'Unsqueeze',
  'Squeeze',
  'Clip',
  'Max',
  'Min',
  'Concat',
  'DequantizeLinear',
  'QuantizeLinear',
]);

/** What stands between the Softmax and the product with the values and keeps the weights [.., queries, keys]. */
const weightOperators = new Set([
  'Cast',
  'Identity',
  'Dropout',
  'Where',
  'Mul',
  'Reshape',
  'Unsqueeze',
  'Squeeze',
  'Slice',
]);

const quantizers = new Set(['QuantizeLinear', 'DynamicQuantizeLinear']);

/** Operators that do a whole attention layer in one node and show nothing of it. */
const fusedOperators = new Set([
  'Attention',
  'GroupQueryAttention',
  'MultiHeadAttention',
  'PackedAttention',
  'PackedMultiHeadAttention',
  'DecoderAttention',
  'DecoderMaskedSelfAttention',
  'DecoderMaskedMultiHeadAttention',
  'SparseAttention',
  'PagedAttention',
  'LongformerAttention',
  'QAttention',
  'QOrderedAttention',
  'QOrderedLongformerAttention',
]);

export function isProduct(node: OnnxNode): boolean {
  return Object.hasOwn(products, node.operator);
}

export function rightOperand(node: OnnxNode): string | undefined {
  return node.inputs[products[node.operator] ?? 1];
}

/** Whether both factors depend on the input, as queries and keys do; weights times an activation are no scores. */
export function isScoreProduct(index: GraphIndex, node: OnnxNode): boolean {
  return [node.inputs[0], rightOperand(node)].every((factor) => factor !== undefined && index.isActivation(factor));
}

export function isOnScorePath(node: OnnxNode): boolean {
  return scoreOperators.has(node.operator);
}

export function isOnWeightPath(node: OnnxNode, tensor: string): boolean {
  if (!weightOperators.has(node.operator)) return false;
  const place = node.inputs.indexOf(tensor);
  return node.operator === 'Where' ? place >= 1 : place === 0 || node.operator === 'Mul';
}

export function isFloatToInteger(node: OnnxNode): boolean {
  return quantizers.has(node.operator);
}

/** Takes the operator's name with its domain, as `qualifiedOperator` makes it. */
export function isFusedAttention(qualified: string): boolean {
  return fusedOperators.has(qualified.slice(qualified.lastIndexOf('.') + 1));
}
