import type { GraphIndex } from '../onnx/graphIndex.ts';
import type { OnnxNode } from '../onnx/onnxModel.ts';
import {
  carriesWeights,
  changesWeights,
  isProduct,
  multipliesActivations,
  quantizes,
  scoreInputs,
} from './operators.ts';

/** One attention layer: softmax(scores) · values, where scores are a product of two activations. */
export interface AttentionBlock {
  /** The product of queries and keys. */
  readonly scores: OnnxNode;
  /** Operators between that product and the Softmax. */
  readonly scorePath: readonly OnnxNode[];
  readonly softmax: OnnxNode;
  /** The attention weights: the last float tensor [1, heads, queries, keys] before the product with the values. */
  readonly weights: string;
  /** What takes the weights on the way to the product with the values; mostly that product itself. */
  readonly weightsTaker: OnnxNode;
  /** The product of weights and values. */
  readonly mix: OnnxNode;
  /** Operators from the product of queries and keys to that with the values. */
  readonly form: readonly string[];
  /** What joins more columns to the scores before the Softmax, as learned sinks are. */
  readonly joinsColumns: OnnxNode | undefined;
}

/** How far the search goes on either side of a Softmax; exports put at most eight operators there. */
const farthest = 16;
/** Bounds the search in graphs that are made to make it long. */
const mostSteps = 64;

/**
 * Finds the attention layers that are spelled out in a graph, in the order in which they run. A Softmax counts only
 * between two products whose four factors all depend on the model's input: so a classifier or a router of experts,
 * which multiplies by weights, is passed over.
 */
export function findAttention(index: GraphIndex): readonly AttentionBlock[] {
  const blocks = new Map<string, AttentionBlock>();
  for (const softmax of index.ordered) {
    const scores = normalizesLastAxis(index, softmax) && findScores(index, softmax);
    const mix = scores && findMix(index, softmax);
    if (!mix || blocks.has(mix.weights)) continue;
    const { weights, product } = mix;
    const form = [...scores.path, ...mix.path].map((step) => step.operator);
    const scorePath = scores.path.slice(1, -1);
    const weightsTaker = mix.path.find((node) => node.inputs.includes(weights)) ?? product;
    const joinsColumns = scorePath.find((node) => node.operator === 'Pad' || joinsLastAxis(index, node));
    blocks.set(weights, {
      ...{ scores: scores.product, scorePath, softmax, weights, weightsTaker, mix: product, form, joinsColumns },
    });
  }
  return [...blocks.values()];
}

function normalizesLastAxis(index: GraphIndex, node: OnnxNode): boolean {
  if (node.operator !== 'Softmax' || node.domain !== '') return false;
  const axis = node.attributes.get('axis')?.[0];
  if (axis === undefined) return (index.model.opsets.get('') ?? 1) >= 13;
  return index.isLastAxis(node.outputs[0] ?? '', axis);
}

function joinsLastAxis(index: GraphIndex, { operator, outputs, attributes }: OnnxNode): boolean {
  return operator === 'Concat' && index.isLastAxis(outputs[0] ?? '', attributes.get('axis')?.[0] ?? 0);
}

interface Step {
  readonly tensor: string;
  /** Nodes passed so far, in the order of the graph. */
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
    if (!isProduct(node))
      for (const input of scoreInputs(node).slice(0, mostSteps)) queue.push({ tensor: input, path: next });
    else if (multipliesActivations(index, node)) return { product: node, path: next };
  }
  return undefined;
}

function findMix(index: GraphIndex, softmax: OnnxNode) {
  const start = softmax.outputs[0] ?? '';
  const queue: (Step & { readonly weights: string; readonly isQuantized: boolean })[] = [
    { tensor: start, weights: start, path: [], isQuantized: false },
  ];
  const seen = new Set<OnnxNode>();
  for (const { tensor, weights, path, isQuantized } of queue) {
    for (const node of index.consumersOf(tensor).slice(0, mostSteps)) {
      if (seen.has(node) || path.length > farthest || queue.length > mostSteps) continue;
      const next = [...path, node];
      if (isProduct(node)) {
        if (node.inputs[0] === tensor && multipliesActivations(index, node))
          return { weights, product: node, path: next };
        continue;
      }
      seen.add(node);
      const output = node.outputs[0] ?? '';
      if (!isQuantized && changesWeights(node, tensor))
        queue.push({ tensor: output, weights: output, path: next, isQuantized });
      else if (carriesWeights(node, tensor))
        queue.push({ tensor: output, weights, path: next, isQuantized: isQuantized || quantizes(node) });
    }
  }
  return undefined;
}
