import * as l10n from '@vscode/l10n';
import { ExplainError } from '../../protocol/failure.ts';
import { elementType } from '../onnx/elementType.ts';
import type { GraphIndex } from '../onnx/graphIndex.ts';
import type { AddedNode } from '../onnx/addedNode.ts';
import type { SidecarPlan } from '../onnx/sidecar.ts';
import { type AttentionBlock, findAttention } from './findAttention.ts';
import { type LayerFacts, layerFacts } from './layerFacts.ts';
import { castToFloat } from './rewrite.ts';

/** A graph that hands out the tensors of its attention, and in which weights can be taken away. */
export interface InspectionPlan {
  readonly plan: SidecarPlan;
  /** For each layer. */
  readonly facts: readonly LayerFacts[];
  /** The output under which a tensor of the facts is to be had, as float32. */
  readonly outputs: ReadonlyMap<string, string>;
  /** For each layer the input that its weights are multiplied by: broadcast over [1, heads, queries, keys]. */
  readonly gates: readonly string[];
}

/** @throws ExplainError `unsupportedForm` when a layer's steps can't be told apart. */
export function planInspection(index: GraphIndex, file: string): InspectionPlan {
  const { graph } = index;
  const blocks = findAttention(index);
  const facts = blocks.map((block) => layerFacts(index, block) ?? refuse(file));
  const taken = new Names(index);
  const leadingAxes = { name: taken.unused('attention_gates.leading_axes'), values: [1, -1] };
  const lastAxes = { name: taken.unused('attention_gates.last_axes'), values: [-2, -1] };
  const gates = blocks.map((block, layer) => {
    const input = taken.unused(`attention_gates.${layer}`);
    return gate(index, block, input, taken, [leadingAxes.name, lastAxes.name]);
  });
  const { outputs, nodes } = tapAll(index, facts, taken);
  const own = new Set(graph.outputs.map(({ name }) => name));
  const addedOutputs = [...new Set(outputs.values())].filter((name) => !own.has(name));
  return {
    plan: {
      ...graph,
      inputs: graph.inputs.filter(({ name }) => !index.initializers.has(name)),
      values: graph.values.filter(({ name }) => !addedOutputs.includes(name)),
      renamed: new Map(),
      rewired: new Map(gates.map(({ taker, weights, gated }) => [taker, new Map([[weights, gated]])])),
      addedNodes: [...gates.flatMap((made) => made.nodes), ...nodes],
      addedIntegers: [leadingAxes, lastAxes],
      addedInputs: gates.map(({ input }) => ({ name: input, elementType: elementType.float32, rank: 4 })),
      addedOutputs: addedOutputs.map((name) => ({ name, elementType: elementType.float32 })),
    },
    facts,
    outputs,
    gates: gates.map(({ input }) => input),
  };
}

/**
 * Multiplies the weights by an input, in their own element type. In however many axes the graph has them, they are
 * [1, heads, queries, keys] there.
 */
function gate(
  index: GraphIndex,
  { weights, weightsTaker }: AttentionBlock,
  input: string,
  taken: Names,
  [leadingAxes, lastAxes]: readonly [string, string],
) {
  const nodes: AddedNode[] = [];
  const add = (operator: string, inputs: readonly string[], attributes: AddedNode['attributes'] = {}): string => {
    const output = taken.unused(`${input}.${operator}`);
    nodes.push({ operator, inputs, output, attributes });
    return output;
  };
  const type = index.elementType(weights) ?? elementType.float32;
  const factor = type === elementType.float32 ? input : add('Cast', [input], { to: type });
  const shape = add('Shape', [weights]);
  const matrices = add('Concat', [leadingAxes, add('Gather', [shape, lastAxes], { axis: 0 })], { axis: 0 });
  const product = add('Mul', [add('Reshape', [weights, matrices]), factor]);
  return { input, taker: weightsTaker, weights, gated: add('Reshape', [product, shape]), nodes };
}

/** Makes each tensor of the facts an output: under its own name where it is float32, else as a copy that is. */
function tapAll(index: GraphIndex, layers: readonly LayerFacts[], taken: Names) {
  const nodes: AddedNode[] = [];
  const outputs = new Map<string, string>();
  for (const { projection, ...facts } of layers) {
    if (projection?.quantization) {
      const { scale, zeroPoint } = projection.quantization;
      const output = taken.unused(`inspected.${outputs.size}`);
      nodes.push({ operator: 'DequantizeLinear', inputs: [projection.tensor, scale, zeroPoint], output });
      outputs.set(projection.tensor, output);
    }
    for (const tensor of [...tensorsOf(facts), ...(projection ? [projection.tensor] : [])]) {
      if (outputs.has(tensor)) continue;
      const isFloat = index.elementType(tensor) === elementType.float32;
      const output = isFloat ? tensor : taken.unused(`inspected.${outputs.size}`);
      if (!isFloat) nodes.push(castToFloat(tensor, output));
      outputs.set(tensor, output);
    }
  }
  return { outputs, nodes };
}

function tensorsOf(facts: Omit<LayerFacts, 'projection'>): readonly string[] {
  const { query, key, productScalars, capScalars, scaled, scores, weights, value, output, input } = facts;
  const scalars = [...query.scalars, ...key.scalars, ...productScalars, ...(capScalars ?? [])];
  const tensors = [query.tensor, key.tensor, scaled, scores, weights, value, output];
  return [...tensors, ...scalars.map(({ tensor }) => tensor), ...(input === undefined ? [] : [input])];
}

class Names {
  private readonly made = new Set<string>();

  constructor(private readonly index: GraphIndex) {}

  unused(wanted: string): string {
    let name = wanted;
    while (this.index.isTensorName(name) || this.made.has(name)) name += '_';
    this.made.add(name);
    return name;
  }
}

function refuse(file: string): never {
  throw new ExplainError({
    code: 'unsupportedForm',
    message: l10n.t('The steps of the attention in {0} are written in a form that cannot be taken apart.', file),
    advice: l10n.t('Use an export of this model in which attention is two plain matrix products.'),
  });
}
