import type { GraphIndex } from '../onnx/graphIndex.ts';
import type { OnnxNode } from '../onnx/onnxModel.ts';
import {
  isFloatToInteger,
  isOnScorePath,
  isOnWeightPath,
  isProduct,
  isScoreProduct,
  rightOperand,
} from './operators.ts';

/** One attention layer: softmax(scores) · values, where scores are a product of two activations. */
export interface AttentionBlock {
  /** The product of queries and keys. */
  readonly scores: OnnxNode;
  readonly softmax: OnnxNode;
  /** The product of the weights and the values. */
  readonly mix: OnnxNode;
  /** The attention weights: the last float tensor before `mix`. */
  readonly weights: string;
  /** Operators from `scores` to `mix`, both included. */
  readonly form: readonly string[];
}

/** How far the search goes on either side of a Softmax; exports put at most eight operators there. */
const farthest = 16;
/** Bounds the search in graphs that are made to make it long. */
const mostSteps = 256;

/**
 * Finds the attention layers that are spelled out in a graph, in the order in which they run. A Softmax counts only
 * between two products whose four factors all depend on the model's input: so a classifier or a router of experts,
 * which multiplies by weights, is passed over.
 */
export function findAttention(index: GraphIndex): readonly AttentionBlock[] {
  return index.ordered.flatMap((node) => {
    const scores = normalizesLastAxis(index, node) ? findScores(index, node) : undefined;
    const mix = scores && findMix(index, node);
    if (!mix) return [];
    const form = [...scores.path, ...mix.path].map((step) => step.operator);
    return [{ scores: scores.product, softmax: node, mix: mix.product, weights: mix.weights, form }];
  });
}

function normalizesLastAxis(index: GraphIndex, node: OnnxNode): boolean {
  if (node.operator !== 'Softmax' || node.domain !== '') return false;
  const axis = node.attributes.get('axis')?.[0];
  const rank = index.declaredRank(node.outputs[0] ?? '');
  if (axis === undefined) return (index.model.opsets.get('') ?? 1) >= 13;
  return axis === -1 || (rank === undefined ? axis === 2 || axis === 3 : axis === rank - 1);
}

interface Step {
  readonly tensor: string;
  /** Nodes passed so far. */
  readonly path: readonly OnnxNode[];
}

function findScores(index: GraphIndex, softmax: OnnxNode) {
  const queue: Step[] = [{ tensor: softmax.inputs[0] ?? '', path: [softmax] }];
  const seen = new Set<OnnxNode>();
  for (const { tensor, path } of queue) {
    const node = index.producer(tensor);
    if (!node || seen.has(node) || path.length > farthest || queue.length > mostSteps) continue;
    seen.add(node);
    const next = [node, ...path];
    if (isProduct(node)) {
      if (isScoreProduct(index, node)) return { product: node, path: next };
    } else if (isOnScorePath(node)) {
      const inputs = node.operator === 'Where' ? node.inputs.slice(1) : node.inputs;
      for (const input of inputs.slice(0, mostSteps)) queue.push({ tensor: input, path: next });
    }
  }
  return undefined;
}

function findMix(index: GraphIndex, softmax: OnnxNode) {
  const start = softmax.outputs[0] ?? '';
  const queue: (Step & { readonly weights: string })[] = [{ tensor: start, weights: start, path: [] }];
  const seen = new Set<OnnxNode>();
  for (const { tensor, weights, path } of queue) {
    for (const node of index.consumersOf(tensor).slice(0, mostSteps)) {
      if (seen.has(node) || path.length > farthest || queue.length > mostSteps) continue;
      const next = [...path, node];
      if (isProduct(node)) {
        const values = rightOperand(node);
        if (node.inputs[0] === tensor && values !== undefined && index.isActivation(values)) {
          return { product: node, weights, path: next };
        }
        continue;
      }
      seen.add(node);
      const output = node.outputs[0] ?? '';
      if (isFloatToInteger(node) && node.inputs[0] === tensor) queue.push({ tensor: output, weights, path: next });
      else if (weights === tensor && isOnWeightPath(node, tensor))
        queue.push({ tensor: output, weights: output, path: next });
      else if (weights !== tensor && node.operator === 'DequantizeLinear')
        queue.push({ tensor: output, weights, path: next });
    }
  }
  return undefined;
}
