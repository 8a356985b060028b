import type { GraphIndex } from '../onnx/graphIndex.ts';
import type { OnnxNode } from '../onnx/onnxModel.ts';
import type { AttentionBlock } from './findAttention.ts';
import { factorsOf, isIntegerProduct, passes } from './operators.ts';
import { findAttentionInput, findOutputProjection, type OutputProjection } from './projections.ts';
import { isScalar } from './scalars.ts';

/** A number of the graph that a tensor was multiplied or divided by. */
export interface Scalar {
  readonly tensor: string;
  readonly divides: boolean;
}

/** A factor of the product of queries and keys as it enters that, and the scalars that are already in it. */
export interface ScaledFactor {
  readonly tensor: string;
  readonly scalars: readonly Scalar[];
}

/** The tensors of one attention layer, by their names in the graph. */
export interface LayerFacts {
  /** [heads, queries, head size] */
  readonly query: ScaledFactor;
  /** [heads, head size, keys] */
  readonly key: ScaledFactor;
  /** What the products are multiplied by before a cap, mask or bias. */
  readonly productScalars: readonly Scalar[];
  /** What the tanh of the products is multiplied by; `undefined` without a tanh. */
  readonly capScalars: readonly Scalar[] | undefined;
  /** The products after scale and cap, before mask and bias: [heads, queries, keys]. */
  readonly scaled: string;
  /** What enters the Softmax: [heads, queries, keys]. */
  readonly scores: string;
  /** [heads, queries, keys] */
  readonly weights: string;
  /** [heads, keys, value size] */
  readonly value: string;
  /** Weights · values: [heads, queries, value size]. */
  readonly output: string;
  /** `undefined` where the graph does not show it as one matrix. */
  readonly projection: OutputProjection | undefined;
  /** What the value projection reads: [queries, width]; `undefined` where it isn't found. */
  readonly input: string | undefined;
}

/** How far a tensor is followed; exports put at most some ten operators there. */
const farthest = 16;

/** All tensors of a layer's facts, each once. */
export function tensorsOf(facts: LayerFacts): readonly string[] {
  const { query, key, productScalars, capScalars = [], scaled, scores, weights, value, output } = facts;
  const scalars = [...query.scalars, ...key.scalars, ...productScalars, ...capScalars].map(({ tensor }) => tensor);
  const found = [facts.projection?.tensor, facts.input].filter((tensor) => tensor !== undefined);
  return [...new Set([query.tensor, key.tensor, scaled, scores, weights, value, output, ...scalars, ...found])];
}

/** @returns `undefined` for a layer whose products are written in another way than as a matrix product. */
export function layerFacts(index: GraphIndex, block: AttentionBlock): LayerFacts | undefined {
  const { scores, mix, softmax, weights } = block;
  const output = productOutput(index, mix);
  if (output === undefined || ![scores, mix].every(isMatrixProduct)) return undefined;
  const [query, key] = factorsOf(scores).map((factor) => beforeQuantization(index, factor)) as [string, string];
  const value = beforeQuantization(index, factorsOf(mix)[1]);
  return {
    query: { tensor: query, scalars: scalarsIn(index, query) },
    key: { tensor: key, scalars: scalarsIn(index, key) },
    ...scaledProducts(index, block),
    scores: softmax.inputs[0] ?? '',
    weights,
    value,
    output,
    projection: findOutputProjection(index, output),
    input: findAttentionInput(index, value),
  };
}

function isMatrixProduct({ operator }: OnnxNode): boolean {
  return operator === 'MatMul' || operator === 'MatMulInteger';
}

/** A dynamically quantised tensor as it was before. */
function beforeQuantization(index: GraphIndex, tensor: string): string {
  const node = index.producer(tensor);
  return node?.operator === 'DynamicQuantizeLinear' ? (node.inputs[0] ?? tensor) : tensor;
}

/** The product as numbers: that of integers is cast and multiplied by both scales first. */
function productOutput(index: GraphIndex, product: OnnxNode): string | undefined {
  const output = product.outputs[0] ?? '';
  if (product.operator !== 'MatMulInteger') return output;
  const cast = index.consumersOf(output).find(({ operator }) => operator === 'Cast')?.outputs[0] ?? '';
  return index.consumersOf(cast).find(({ operator }) => operator === 'Mul')?.outputs[0];
}

/** Scalars that a tensor was multiplied by since it last was something else than another form of the same numbers. */
function scalarsIn(index: GraphIndex, tensor: string): readonly Scalar[] {
  const scalars: Scalar[] = [];
  let current = tensor;
  for (let step = 0; step < farthest; step++) {
    const node = index.producer(current);
    const scalar = node && scalarOf(index, node);
    if (scalar) scalars.push(scalar.scalar);
    else if (!node || !passes(node, 'factors')) break;
    current = scalar?.other ?? node.inputs[0] ?? '';
  }
  return scalars;
}

function scalarOf(index: GraphIndex, { operator, inputs }: OnnxNode) {
  const [left = '', right = ''] = inputs;
  if (operator !== 'Mul' && operator !== 'Div') return undefined;
  if (isScalar(index, right)) return { scalar: { tensor: right, divides: operator === 'Div' }, other: left };
  return operator === 'Mul' && isScalar(index, left)
    ? { scalar: { tensor: left, divides: false }, other: right }
    : undefined;
}

/** Follows the products up to the first operator that does something else to a cell than scaling or capping it. */
function scaledProducts(index: GraphIndex, { scores, scorePath }: AttentionBlock) {
  const productScalars: Scalar[] = [];
  let capScalars: Scalar[] | undefined;
  let scaled = scores.outputs[0] ?? '';
  let isDequantized = !isIntegerProduct(scores);
  for (const node of scorePath) {
    const scalar = scalarOf(index, node)?.scalar;
    if (scalar) (capScalars ?? productScalars).push(scalar);
    else if (node.operator === 'Mul' && !isDequantized) isDequantized = true;
    else if (node.operator === 'Tanh' && !capScalars) capScalars = [];
    else if (!passes(node, 'factors')) break;
    scaled = node.outputs[0] ?? '';
  }
  return { productScalars, capScalars, scaled };
}
