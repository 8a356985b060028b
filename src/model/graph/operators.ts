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

/** Operators that hand on the same numbers. */
const copies = ['Cast', 'Identity'];
/** The same numbers in the same order, under other axes. */
const reshapes = ['Reshape', 'Squeeze', 'Unsqueeze'];

/** What is followed through a graph, and the operators through which it goes on. */
const trails = {
  /** From the product of queries and keys to the Softmax: scale, mask, bias, soft cap, sinks, precision. */
  scores: new Set([
    ...[...copies, ...reshapes, 'Dropout', 'Transpose', 'QuantizeLinear', 'DequantizeLinear'],
    ...['Add', 'Sub', 'Mul', 'Div', 'Tanh', 'Where', 'Clip', 'Max', 'Min', 'Concat', 'Pad'],
  ]),
  /** What makes other weights of the weights before the product with the values. */
  weights: new Set([...copies, 'Dropout', 'Where', 'Mul', 'Slice', 'Transpose']),
  /** The same weights in another form, in which they are no longer float32 [1, heads, queries, keys]. */
  weightForms: new Set([
    ...[...copies, ...reshapes],
    ...['QuantizeLinear', 'DynamicQuantizeLinear', 'DequantizeLinear'],
  ]),
  /** Queries, keys and their products, in other forms of the same numbers. */
  factors: new Set([...copies, ...reshapes, 'Dropout', 'Flatten', 'Transpose', 'Expand']),
  /** From the outputs of the heads to their projection. */
  outputs: new Set([...copies, ...reshapes, 'Dropout', 'Flatten', 'DynamicQuantizeLinear']),
  /** From the value projection to the product with the weights. */
  values: new Set([
    ...[...copies, ...reshapes, 'Dropout', 'Transpose', 'Expand', 'Slice', 'Split', 'Gather'],
    ...['DynamicQuantizeLinear', 'Concat', 'Add', 'Mul'],
  ]),
  /** What a projection reads, in the form or the number format in which a product takes it. */
  projected: new Set(['Reshape', 'DynamicQuantizeLinear']),
  /** A scale as exports compute it, mostly from the size of a head. */
  scalars: new Set([
    ...[...copies, ...reshapes, 'Slice', 'Gather'],
    ...['Sqrt', 'Add', 'Div', 'Mul', 'Pow', 'Reciprocal'],
  ]),
  /** The numbers of positions, each left as it is. */
  positions: new Set([
    ...[...copies, ...reshapes, 'Flatten', 'Expand', 'Transpose', 'Slice'],
    ...['DequantizeLinear', 'QuantizeLinear'],
  ]),
  /** What a reduction makes of positions. */
  reducedPositions: new Set([...copies, ...reshapes, 'Add', 'Sub']),
  /** A stored tensor that is looked up in. */
  tables: new Set([...copies, 'DequantizeLinear']),
} satisfies Record<string, ReadonlySet<string>>;

/** Operators whose inputs all carry values; of others that do, the first. */
const valueJoins = new Set(['Concat', 'Add', 'Mul']);

/** Operators that do a whole attention layer in one node and show nothing of it. */
const fusedOperators = new Set([
  ...['Attention', 'GroupQueryAttention', 'MultiHeadAttention', 'PackedAttention', 'PackedMultiHeadAttention'],
  ...['DecoderAttention', 'DecoderMaskedSelfAttention', 'DecoderMaskedMultiHeadAttention', 'PagedAttention'],
  ...['SparseAttention', 'LongformerAttention', 'QAttention', 'QOrderedAttention', 'QOrderedLongformerAttention'],
]);

/** Whether what is followed goes on through a node. */
export function passes({ operator }: OnnxNode, trail: keyof typeof trails): boolean {
  return trails[trail].has(operator);
}

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
  if (!passes(node, 'scores')) return [];
  if (node.operator === 'Pad') return node.inputs.slice(0, 1);
  return node.operator === 'Where' ? node.inputs.slice(1) : node.inputs;
}

/** Inputs through which the values may have come. */
export function valueInputs(node: OnnxNode): readonly string[] {
  if (!passes(node, 'values')) return [];
  return valueJoins.has(node.operator) ? node.inputs : node.inputs.slice(0, 1);
}

export function changesWeights(node: OnnxNode, tensor: string): boolean {
  if (!passes(node, 'weights')) return false;
  const place = node.inputs.indexOf(tensor);
  return node.operator === 'Where' ? place > 0 : node.operator === 'Mul' || place === 0;
}

export function carriesWeights(node: OnnxNode, tensor: string): boolean {
  return passes(node, 'weightForms') && node.inputs[0] === tensor;
}

export function quantizes({ operator }: OnnxNode): boolean {
  return operator === 'QuantizeLinear' || operator === 'DynamicQuantizeLinear';
}

/** Takes the operator's name with its domain, as `qualifiedOperator` makes it. */
export function isFusedAttention(qualified: string): boolean {
  return fusedOperators.has(qualified.slice(qualified.lastIndexOf('.') + 1));
}
