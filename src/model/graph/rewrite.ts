import { elementType } from '../onnx/elementType.ts';
import { type GraphIndex, takenBy } from '../onnx/graphIndex.ts';
import type { OnnxNode, OnnxValue } from '../onnx/onnxModel.ts';
import type { AddedNode } from '../onnx/addedNode.ts';
import type { SidecarPlan } from '../onnx/sidecar.ts';

/** What the tapped graph computes: 'attention' ends at the last layer's weights, 'logits' is the whole graph. */
export type Keep = 'attention' | 'logits';

/** An attention tensor of the graph, and the name of the output under which it is to be had. */
export interface Tap {
  readonly tensor: string;
  readonly output: string;
}

/**
 * Plans the tapped graph. With 'attention', nodes that attention doesn't need go, and with them the weights and inputs
 * that only they use: ONNX Runtime computes every node it is given, asked for or not. Outputs `present.*` that are
 * computed on the way stay, as do the inputs `past_key_values.*` to which they belong: they cost nothing, and are all
 * that a text that is run piece by piece hands on.
 */
export function planTap(index: GraphIndex, taps: readonly Tap[], keep: Keep): SidecarPlan {
  const { graph } = index;
  const tapped = taps.map((tap) => tap.tensor);
  const kept = keep === 'logits' ? graph.outputs.map((output) => output.name) : [];
  const needed = neededNodes(index, [...tapped, ...kept]);
  const outputs = graph.outputs.filter((output) => keep === 'logits' || isFreeCache(index, output, needed));
  const nodes = neededNodes(index, [...tapped, ...outputs.map(({ name }) => name)]);
  const tensors = new Set([...[...nodes].flatMap(takenBy), ...outputs.map((output) => output.name)]);
  const { renamed, casts } = nameTaps(index, taps, outputs);
  return {
    nodes: graph.nodes.filter((node) => nodes.has(node)),
    initializers: graph.initializers.filter(({ name }) => tensors.has(name)),
    inputs: graph.inputs.filter(
      ({ name }) => tensors.has(name) || (keep === 'logits' && !index.initializers.has(name)),
    ),
    outputs,
    values: graph.values.filter(({ name }) => tensors.has(name) && !renamed.has(name)),
    renamed,
    rewired: new Map(),
    addedNodes: casts.map(({ tensor, output }) => castToFloat(tensor, output)),
    addedInputs: [],
    addedOutputs: taps.map(({ output }) => ({ name: output, elementType: elementType.float32 })),
  };
}

/** A tensor that is float32 takes the output's name, which saves a copy; one that isn't, or needs its name, is cast. */
function nameTaps(index: GraphIndex, taps: readonly Tap[], outputs: readonly OnnxValue[]) {
  const captured = index.graph.nodes.flatMap((node) => node.inner.captured);
  const fixed = new Set([...captured, ...outputs.map((output) => output.name)]);
  const isFree = ({ tensor }: Tap) => index.elementType(tensor) === elementType.float32 && !fixed.has(tensor);
  const renamed = new Map(taps.filter(isFree).map(({ tensor, output }) => [tensor, output]));
  return { renamed, casts: taps.filter((tap) => !isFree(tap)) };
}

export function castToFloat(input: string, output: string): AddedNode {
  return { operator: 'Cast', inputs: [input], output, attributes: { to: elementType.float32 } };
}

/** Whether a cache output is computed anyway, but for a cast to the precision in which it leaves. */
function isFreeCache(index: GraphIndex, output: OnnxValue, needed: ReadonlySet<OnnxNode>): boolean {
  const last = index.producer(output.name);
  const producer = last?.operator === 'Cast' ? index.producer(last.inputs[0] ?? '') : last;
  return output.name.startsWith('present') && producer !== undefined && needed.has(producer);
}

export function neededNodes(index: GraphIndex, tensors: readonly string[]): ReadonlySet<OnnxNode> {
  const needed = new Set<OnnxNode>();
  const queue = [...tensors];
  for (let tensor = queue.pop(); tensor !== undefined; tensor = queue.pop()) {
    const node = index.producer(tensor);
    if (!node || needed.has(node)) continue;
    needed.add(node);
    for (const input of takenBy(node)) queue.push(input);
  }
  return needed;
}
