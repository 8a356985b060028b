import type { GraphIndex } from '../onnx/graphIndex.ts';
import type { OnnxNode } from '../onnx/onnxModel.ts';

/** Products of two tensors, with the place of the right factor among the inputs. */
const products: ReadonlyMap<string, number> = new Map([
  ['MatMul', 1],
  ['Einsum', 1],
  ['FusedMatMul', 1],
  ['MatMulInteger', 1],
  ['MatMulIntegerToFloat', 1],
  ['QLinearMatMul', 3],
]);

const integerProducts = new Set(['MatMulInteger', 'MatMulIntegerToFloat', 'QLinearMatMul']);

/** What stands between the product of queries and keys and the Softmax: scale, mask, bias, soft cap, sinks, precision. */
const scoreOperators = new Set([
  ...['Add', 'Sub', 'Mul', 'Div', 'Tanh', 'Where', 'Clip', 'Max', 'Min', 'Concat', 'Pad'],
  ...['Cast', 'Identity', 'Dropout', 'Reshape', 'Transpose', 'Unsqueeze', 'Squeeze'],
  ...['QuantizeLinear', 'DequantizeLinear'],
]);

/** What makes other weights of the weights before the product with the values. */
const weightOperators = new Set(['Cast', 'Identity', 'Dropout', 'Where', 'Mul', 'Slice', 'Transpose']);

/** What gives the same weights another form, in which they are no longer float32 [1, heads, queries, keys]. */
const carriers = new Set([
  ...['Reshape', 'Unsqueeze', 'Squeeze', 'Cast', 'Identity'],
  ...['QuantizeLinear', 'DynamicQuantizeLinear', 'DequantizeLinear'],
]);

/** Operators that do a whole attention layer in one node and show nothing of it. */
const fusedOperators = new Set([
  ...['Attention', 'GroupQueryAttention', 'MultiHeadAttention', 'PackedAttention', 'PackedMultiHeadAttention'],
  ...['DecoderAttention', 'DecoderMaskedSelfAttention', 'DecoderMaskedMultiHeadAttention', 'PagedAttention'],
  ...['SparseAttention', 'LongformerAttention', 'QAttention', 'QOrderedAttention', 'QOrderedLongformerAttention'],
]);

export function isProduct(node: OnnxNode): boolean {
  return products.has(node.operator);
}

export function isIntegerProduct(node: OnnxNode): boolean {
  return integerProducts.has(node.operator);
}

export function factorsOf(node: OnnxNode): readonly [left: string, right: string] {
  return [node.inputs[0] ?? '', node.inputs[products.get(node.operator) ?? 1] ?? ''];
}

/** Whether both factors depend on the input, as those of queries with keys and of weights with values do. */
export function multipliesActivations(index: GraphIndex, node: OnnxNode): boolean {
  return factorsOf(node).every((factor) => index.isActivation(factor));
}

/** Inputs through which the scores may have come. */
export function scoreInputs(node: OnnxNode): readonly string[] {
  if (!scoreOperators.has(node.operator)) return [];
  if (node.operator === 'Pad') return node.inputs.slice(0, 1);
  return node.operator === 'Where' ? node.inputs.slice(1) : node.inputs;
}

export function changesWeights(node: OnnxNode, tensor: string): boolean {
  if (!weightOperators.has(node.operator)) return false;
  const place = node.inputs.indexOf(tensor);
  return node.operator === 'Where' ? place > 0 : node.operator === 'Mul' || place === 0;
}

export function carriesWeights(node: OnnxNode, tensor: string): boolean {
  return carriers.has(node.operator) && node.inputs[0] === tensor;
}

export function quantizes({ operator }: OnnxNode): boolean {
  return operator === 'QuantizeLinear' || operator === 'DynamicQuantizeLinear';
}

/** Takes the operator's name with its domain, as `qualifiedOperator` makes it. */
export function isFusedAttention(qualified: string): boolean {
  return fusedOperators.has(qualified.slice(qualified.lastIndexOf('.') + 1));
}
