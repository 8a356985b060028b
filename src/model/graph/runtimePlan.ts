import type { PlannedNode } from '../onnx/addedNode.ts';
import { elementType } from '../onnx/elementType.ts';
import { type GraphIndex, takenBy } from '../onnx/graphIndex.ts';
import type { OnnxNode } from '../onnx/onnxModel.ts';
import type { SidecarPlan } from '../onnx/sidecar.ts';
import { type AblationInputs, AblationPart } from './ablationPart.ts';
import { type CacheNames, cacheNames } from './cacheNames.ts';
import { type AttentionBlock, findAttention } from './findAttention.ts';
import { GraphEditor } from './graphEditor.ts';
import { type LayerFacts, layerFacts, tensorsOf } from './layerFacts.ts';
import { type LongContextGraph, LongContextPart } from './longContextPart.ts';
import { OptionalParts, type PartResult, type PartSwitches } from './optionalParts.ts';

/** What the parts of a runtime graph take and hand out; all outputs but the cache's are float32. */
export interface RuntimeParts {
  readonly switches: PartSwitches;
  /** Outputs with the attention weights of each layer: [1, heads, queries, keys], or in other axes. */
  readonly weights: readonly string[];
  /** Of each layer; `undefined` where its steps can't be told apart. */
  readonly facts: readonly (LayerFacts | undefined)[];
  /** For each layer the outputs under which the tensors of its facts are to be had. */
  readonly steps: readonly ReadonlyMap<string, string>[];
  readonly ablation: AblationInputs;
  /** `undefined` where the graph has none. */
  readonly logits: string | undefined;
  readonly cache: CacheNames;
  /** `undefined` where the graph takes no cache, or its operators are older than those that would be added. */
  readonly longContext: LongContextGraph | undefined;
}

/**
 * Plans one graph for all that is asked of a model. What is not always wanted stands in `If` nodes: ONNX Runtime computes
 * every node outside of them, asked for or not. Whichever parts run, the numbers are the same bit by bit.
 */
export function planRuntime(index: GraphIndex): { readonly plan: SidecarPlan; readonly parts: RuntimeParts } {
  return new RuntimePlanner(index).plan();
}

class RuntimePlanner {
  private readonly editor: GraphEditor;
  private readonly optional: OptionalParts;
  private readonly blocks: readonly AttentionBlock[];
  private readonly facts: readonly (LayerFacts | undefined)[];
  private readonly presents: readonly string[];
  private readonly hasLogits: boolean;
  /** What runs in every pass: all up to the last layer's weights, and the cache. */
  private readonly main: ReadonlySet<OnnxNode>;
  /** What follows that, in an order in which it can run. */
  private readonly rest: readonly OnnxNode[];
  /** What stands for nodes that take weights. */
  private readonly replaced = new Map<OnnxNode, readonly PlannedNode[]>();
  private readonly steps: Map<string, string>[] = [];

  constructor(private readonly index: GraphIndex) {
    this.editor = new GraphEditor(index);
    this.optional = new OptionalParts(this.editor);
    this.blocks = findAttention(index);
    this.facts = this.blocks.map((block) => layerFacts(index, block));
    const outputs = index.graph.outputs.map(({ name }) => name);
    this.presents = outputs.filter((name) => name.startsWith('present'));
    this.hasLogits = outputs.includes('logits');
    const always = neededNodes(index, [...this.blocks.map(({ weights }) => weights), ...this.presents]);
    const steps = this.facts.flatMap((facts) => (facts ? tensorsOf(facts) : []));
    const all = neededNodes(index, [...(this.hasLogits ? ['logits'] : []), ...steps]);
    const rest = index.ordered.filter((node) => all.has(node) && !always.has(node));
    // What enters a branch in half precision is rounded: there the rest runs in every pass.
    const isRounded = rest.some((node) => takenBy(node).some((tensor) => this.isHalf(tensor)));
    this.main = isRounded ? new Set([...always, ...rest]) : always;
    this.rest = isRounded ? [] : rest;
  }

  plan(): { readonly plan: SidecarPlan; readonly parts: RuntimeParts } {
    const { index, editor, optional } = this;
    const { graph } = index;
    const { blocks, facts } = this;
    const ablation = new AblationPart(editor);
    const longContext = LongContextPart.of(editor, optional, blocks.length);
    const weights = blocks.map((block, layer) => {
      const floats = editor.float(block.weights);
      const output = editor.output(editor.name(`weights.${layer}`));
      this.handOut(optional.condition('weights', layer), [[floats, output]]);
      longContext?.addLayer(layer, block, floats, facts[layer]);
      const condition = optional.condition('ablation', layer);
      this.replaced.set(block.weightsTaker, ablation.nodes(block, layer, condition));
      this.steps.push(new Map());
      this.addSteps(layer, facts[layer]);
      return output;
    });
    const logits = this.addRest();
    const stored = facts.flatMap((layer) => {
      const { scale = '', zeroPoint = '' } = layer?.projection?.quantization ?? {};
      return layer ? [...tensorsOf(layer), scale, zeroPoint] : [];
    });
    const tensors = new Set([...[...this.main, ...this.rest].flatMap(takenBy), ...this.presents, ...stored]);
    const names = [graph.inputs, graph.outputs].map((values) => values.map(({ name }) => name));
    return {
      plan: {
        nodes: [...this.planned(this.main), ...editor.nodes],
        initializers: graph.initializers.filter(({ name }) => tensors.has(name)),
        inputs: graph.inputs.filter(({ name }) => tensors.has(name) && !index.initializers.has(name)),
        outputs: graph.outputs.filter(({ name }) => this.presents.includes(name)),
        values: graph.values.filter(({ name }) => this.isAlways(name)),
        addedTensors: editor.tensors,
        addedInputs: editor.inputs,
        addedOutputs: editor.outputs,
      },
      parts: {
        switches: optional.switches,
        weights,
        facts,
        steps: this.steps,
        ablation: ablation.inputs,
        logits,
        cache: cacheNames(names[0]!, names[1]!),
        longContext: longContext?.graph,
      },
    };
  }

  /** Whether every pass computes a tensor, or the file holds it. */
  private isAlways(tensor: string): boolean {
    const node = this.index.producer(tensor);
    return node === undefined || this.main.has(node);
  }

  private isHalf(tensor: string): boolean {
    const type = this.index.elementType(tensor);
    return this.index.isActivation(tensor) && (type === elementType.float16 || type === elementType.bfloat16);
  }

  private planned(nodes: Iterable<OnnxNode>): readonly PlannedNode[] {
    return [...nodes].flatMap((own) => this.replaced.get(own) ?? [{ own }]);
  }

  /** Copies tensors, each under another name. */
  private handOut(condition: string, tensors: readonly (readonly [tensor: string, name: string])[]): void {
    const nodes: PlannedNode[] = [];
    const results = tensors.map(([tensor, name]): PartResult => {
      return { name, made: this.editor.add('Identity', [tensor], undefined, nodes) };
    });
    this.optional.add(condition, nodes, results);
  }

  /** The tensors of a layer's attention that every pass computes; the others are those of the rest. */
  private addSteps(layer: number, facts: LayerFacts | undefined): void {
    if (!facts) return;
    const { index, editor } = this;
    const nodes: PlannedNode[] = [];
    const made = tensorsOf(facts)
      .filter((tensor) => this.isAlways(tensor))
      .map((tensor): readonly [string, string] => {
        const isStored = !index.isActivation(tensor);
        const floats = isStored ? this.stored(tensor, facts, nodes) : editor.float(tensor);
        return [tensor, editor.add('Identity', [floats], undefined, nodes)];
      });
    this.optional.add(this.optional.condition('steps', layer), nodes, this.stepOutputs(layer, made));
  }

  private stepOutputs(layer: number, made: readonly (readonly [tensor: string, made: string])[]) {
    return made.map(([tensor, made]): PartResult => {
      const name = this.editor.output(this.editor.name(`steps.${layer}.${this.steps[layer]!.size}`));
      this.steps[layer]!.set(tensor, name);
      return { name, made };
    });
  }

  /** A tensor that the file holds, as float32. */
  private stored(tensor: string, { projection }: LayerFacts, to: PlannedNode[]): string {
    const { scale, zeroPoint } = (projection?.tensor === tensor && projection.quantization) || {};
    return scale !== undefined && zeroPoint !== undefined
      ? this.editor.add('DequantizeLinear', [tensor, scale, zeroPoint], undefined, to)
      : this.editor.float(tensor, to);
  }

  /** Adds all that follows the last layer's weights: the logits, and what they are made of in the last layer. */
  private addRest(): string | undefined {
    const { editor, optional } = this;
    const nodes = [...this.planned(this.rest)];
    const made = (tensor: string): string => {
      const floats = editor.float(tensor, nodes);
      return this.isAlways(tensor) ? editor.add('Identity', [floats], undefined, nodes) : floats;
    };
    const results = this.facts.flatMap((facts, layer) => {
      const tensors = facts ? tensorsOf(facts).filter((tensor) => !this.isAlways(tensor)) : [];
      return this.stepOutputs(
        layer,
        tensors.map((tensor) => [tensor, made(tensor)] as const),
      );
    });
    const logits = this.hasLogits ? editor.output(editor.name('logits')) : undefined;
    if (logits !== undefined) results.push({ name: logits, made: made('logits') });
    optional.add(optional.condition('rest'), nodes, results);
    return logits;
  }
}

/** All nodes that some tensors follow from. */
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
