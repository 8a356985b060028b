import { elementType } from '../onnx/elementType.ts';
import { type GraphIndex, takenBy } from '../onnx/graphIndex.ts';
import type { OnnxNode, OnnxValue } from '../onnx/onnxModel.ts';
import type { AddedNode, SidecarPlan } from '../onnx/sidecar.ts';
import { floatType } from './precision.ts';

/** What the tapped graph computes: 'attention' ends at the last layer's weights, 'logits' is the whole graph. */
export type Keep = 'attention' | 'logits';

/**
 * Plans the tapped graph. With 'attention', nodes that serve neither attention nor the cache of earlier layers go, and
 * the weights that only they use with them: ONNX Runtime computes every node it is given, asked for or not. Outputs
 * `present.*` that are computed on the way stay: they cost nothing, and a long text is run in pieces through them.
 * The inputs all stay, used or not, so that whoever feeds the model needn't know.
 *
 * @param taps attention tensor of each layer, in order.
 * @param names output name of each layer.
 */
export function planTap(index: GraphIndex, taps: readonly string[], names: readonly string[], keep: Keep): SidecarPlan {
  const { graph } = index;
  const needed = neededNodes(
    index,
    keep === 'attention' ? taps : [...taps, ...graph.outputs.map((output) => output.name)],
  );
  const outputs = graph.outputs.filter((output) => keep === 'logits' || isFreeCache(index, output, needed));
  const taken = new Set([...needed].flatMap((node) => [...takenBy(node)]).concat(outputs.map((output) => output.name)));
  const renamed = new Map<string, string>();
  const addedNodes: AddedNode[] = [];
  const captured = new Set(graph.nodes.flatMap((node) => node.inner.captured));
  const fixed = new Set([...captured, ...outputs.map((output) => output.name)]);
  taps.forEach((tensor, layer) => {
    const name = names[layer] ?? tensor;
    if (floatType(index, tensor) === elementType.float32 && !fixed.has(tensor)) renamed.set(tensor, name);
    else addedNodes.push({ operator: 'Cast', input: tensor, output: name, attributes: { to: elementType.float32 } });
  });
  const initializers = graph.initializers.filter(({ name }) => taken.has(name));
  const dropped = new Set(graph.initializers.filter(({ name }) => !taken.has(name)).map(({ name }) => name));
  return {
    nodes: graph.nodes.filter((node) => needed.has(node)),
    initializers,
    inputs: graph.inputs.filter((input) => !dropped.has(input.name)),
    outputs,
    values: graph.values.filter(({ name }) => taken.has(name) && !renamed.has(name)),
    renamed,
    addedNodes,
    addedOutputs: names,
  };
}

function isFreeCache(index: GraphIndex, output: OnnxValue, needed: ReadonlySet<OnnxNode>): boolean {
  const producer = index.producer(output.name);
  return output.name.startsWith('present') && producer !== undefined && needed.has(producer);
}

function neededNodes(index: GraphIndex, tensors: readonly string[]): ReadonlySet<OnnxNode> {
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
