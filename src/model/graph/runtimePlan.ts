import type { PlannedNode } from '../onnx/addedNode.ts';
import { elementType } from '../onnx/elementType.ts';
import { type GraphIndex, takenBy } from '../onnx/graphIndex.ts';
import type { OnnxNode } from '../onnx/onnxModel.ts';
import type { SidecarPlan } from '../onnx/sidecar.ts';
import { type AblationInputs, ablationInputs, ablationMask, maskedWeights } from './ablationPart.ts';
import { type CacheNames, cacheNames } from './cacheNames.ts';
import { type AttentionBlock, findAttention } from './findAttention.ts';
import { type Alternative, type ChosenTensor, GraphEditor, nothing, together } from './graphEditor.ts';
import { type LayerFacts, layerFacts, tensorsOf } from './layerFacts.ts';
import { type LongContextGraph, LongContextPart } from './longContextPart.ts';
import { type PartSwitches, SwitchBoard } from './partSwitches.ts';
import { type StepsOutput, StepsPart, tensorsIn } from './stepsPart.ts';

/** What the parts of a runtime graph take and hand out; all numbers but the cache's are float32. */
export interface RuntimeParts {
  /** Input: bool [count], as the board says. */
  readonly switches: string;
  readonly board: SwitchBoard;
  /** Outputs with the attention weights of each layer: [1, heads, queries, keys], or in other axes. */
  readonly weights: readonly string[];
  /** Of each layer; `undefined` where its steps can't be told apart. */
  readonly facts: readonly (LayerFacts | undefined)[];
  readonly steps: readonly StepsOutput[];
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
  private readonly board: SwitchBoard;
  private readonly switches: string;
  private readonly steps: StepsPart;
  private readonly ablation: AblationInputs;
  private readonly longContext: LongContextPart | undefined;

  constructor(private readonly index: GraphIndex) {
    const editor = new GraphEditor(index);
    this.editor = editor;
    this.blocks = findAttention(index);
    this.facts = this.blocks.map((block) => layerFacts(index, block));
    const outputs = index.graph.outputs.map(({ name }) => name);
    this.presents = outputs.filter((name) => name.startsWith('present'));
    this.hasLogits = outputs.includes('logits');
    const always = neededNodes(index, [...this.blocks.map(({ weights }) => weights), ...this.presents]);
    const steps = this.facts.flatMap((facts) => (facts ? tensorsOf(facts) : []));
    const all = neededNodes(index, [...(this.hasLogits ? ['logits'] : []), ...steps]);
    const others = index.ordered.filter((node) => all.has(node) && !always.has(node));
    // What follows from weights alone is computed once, when the graph is loaded; not so within a branch.
    const rest = others.filter(({ outputs }) => outputs.some((tensor) => index.isActivation(tensor)));
    const constant = others.filter((node) => !rest.includes(node));
    // What enters a branch in half precision is rounded: there the rest runs in every pass.
    const isRounded = rest.some((node) => takenBy(node).some((tensor) => this.isHalf(tensor)));
    this.main = new Set([...always, ...constant, ...(isRounded ? rest : [])]);
    this.rest = isRounded ? [] : rest;
    const most = Math.max(1, ...this.facts.map((facts) => (facts ? tensorsOf(facts).length : 0)));
    this.board = new SwitchBoard(this.blocks.length, most);
    this.switches = editor.input('switches', elementType.bool, 1);
    this.steps = new StepsPart(editor, (part, index, to) => this.isOn(part, index, to));
    this.ablation = ablationInputs(editor);
    this.longContext = LongContextPart.of(editor, this.blocks.length);
  }

  plan(): { readonly plan: SidecarPlan; readonly parts: RuntimeParts } {
    const { index, editor, longContext } = this;
    const { graph } = index;
    const [weights, reductions]: [string[], string[]] = [[], []];
    let sum: string | undefined;
    this.blocks.forEach((block, layer) => {
      weights.push(editor.output(`weights.${layer}`));
      if (longContext) reductions.push(editor.output(`longContext.${layer}`));
      sum = this.addLayer(block, layer, weights[layer]!, reductions[layer], sum);
    });
    const logits = this.addRest();
    const stored = this.facts.flatMap((facts) => {
      const { scale = '', zeroPoint = '' } = facts?.projection?.quantization ?? {};
      return facts ? [...tensorsOf(facts), scale, zeroPoint] : [];
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
        switches: this.switches,
        board: this.board,
        weights,
        facts: this.facts,
        steps: this.steps.outputs,
        ablation: this.ablation,
        logits,
        cache: cacheNames(names[0]!, names[1]!),
        longContext: longContext && { ...longContext.inputs, reductions },
      },
    };
  }

  /**
   * Adds what may be wanted of a layer, in one node that the next layer waits for: so nothing of a layer is kept longer.
   *
   * @param sum of the means of the layers before, in a pass of a long text
   * @returns the same with this layer
   */
  private addLayer(
    block: AttentionBlock,
    layer: number,
    output: string,
    reductions: string | undefined,
    sum: string | undefined,
  ): string | undefined {
    const { editor, longContext } = this;
    const facts = this.facts[layer];
    const weights = editor.float(block.weights);
    const taker = this.taker(block, layer);
    const nextSum = reductions === undefined ? undefined : editor.unnamed('sum');
    const steps = [this.stepsOf(layer, false), this.stepsOf(layer - 1, true)].filter((part) => part !== undefined);
    const tensors: readonly ChosenTensor[] = [
      ...taker.tensors,
      { name: output },
      ...(reductions === undefined ? [] : [{ name: reductions }, { name: nextSum! }]),
      ...steps.flatMap((part) => part.tensors),
    ];
    const handedOut = (): Alternative => {
      const nodes: PlannedNode[] = [];
      return { nodes, made: new Map([[output, editor.add('Identity', [weights], undefined, nodes)]]) };
    };
    const wanted: PlannedNode[] = [];
    const beside = editor.nested(this.isOn('weights', layer, wanted), [{ name: output }], handedOut(), nothing);
    const others = [
      { ...beside, nodes: [...wanted, ...beside.nodes] },
      taker.ablated(),
      ...steps.map(({ part }) => part),
    ];
    if (longContext && reductions !== undefined) {
      const scores = editor.float(block.softmax.inputs[0] ?? '');
      const queries = facts && editor.float(facts.query.tensor);
      const { nodes, made } = longContext.part(layer, { weights, scores, queries }, sum);
      const part = { nodes, made: new Map([reductions, nextSum!].map((name, place) => [name, made[place]!])) };
      const reduced = [{ name: reductions }, { name: nextSum! }];
      const condition: PlannedNode[] = [];
      const isLong = this.isOn('longContext', 0, condition);
      const chosen = editor.nested(isLong, reduced, part, nothing);
      others.push({ ...chosen, nodes: [...condition, ...chosen.nodes] });
    }
    const onlyWeights = this.isOn('onlyWeights', layer);
    const condition: PlannedNode[] = [];
    const either = editor.nested(this.isOn('others', 0, condition), tensors, together(others), taker.plain());
    const otherwise = { ...either, nodes: [...condition, ...either.nodes] };
    editor.nodes.push(editor.choice(onlyWeights, tensors, together([handedOut(), taker.plain()]), otherwise));
    return nextSum;
  }

  /** The node that takes a layer's weights, if every pass runs it: by itself, and with weights that may be hidden. */
  private taker({ weights, weightsTaker: own }: AttentionBlock, layer: number) {
    const { editor } = this;
    if (!this.main.has(own)) return { tensors: [], plain: () => nothing, ablated: () => nothing };
    const type = editor.index.elementType(weights) ?? elementType.float32;
    if (type !== elementType.float32) return this.roundedTaker({ weights, own, type }, layer);
    this.replaced.set(own, []);
    return {
      tensors: takenOutputs(own).map((name) => ({ name, type: editor.index.elementType(name) })),
      plain: () => this.renamed(own),
      ablated: () => {
        const condition: PlannedNode[] = [];
        const isAblated = this.isOn('ablation', layer, condition);
        const names = takenOutputs(own).map((name) => ({ name }));
        const chosen = editor.nested(isAblated, names, this.hiding(own, weights, layer), this.renamed(own));
        return { ...chosen, nodes: [...condition, ...chosen.nodes] };
      },
    };
  }

  /** What enters a branch in half precision is rounded: there weights are multiplied in every pass, mostly by 1. */
  private roundedTaker(
    { weights, own, type }: { readonly weights: string; readonly own: OnnxNode; readonly type: number },
    layer: number,
  ) {
    const { editor, ablation } = this;
    const mask = editor.unnamed('mask');
    const nodes: PlannedNode[] = [];
    const hidden = maskedWeights(editor, weights, editor.add('Cast', [mask], { to: type }, nodes), nodes);
    this.replaced.set(own, [...nodes, { own, names: new Map([[weights, hidden]]) }]);
    const one = (): Alternative => {
      const nodes: PlannedNode[] = [];
      return { nodes, made: new Map([[mask, editor.add('Identity', [editor.floats([1])], undefined, nodes)]]) };
    };
    return {
      tensors: [{ name: mask }],
      plain: one,
      ablated: () => {
        const condition: PlannedNode[] = [];
        const isAblated = this.isOn('ablation', layer, condition);
        const nodes: PlannedNode[] = [];
        const made = new Map([[mask, ablationMask(editor, ablation, layer, nodes)]]);
        const chosen = editor.nested(isAblated, [{ name: mask }], { nodes, made }, one());
        return { ...chosen, nodes: [...condition, ...chosen.nodes] };
      },
    };
  }

  /** A node of the model whose outputs have names of their own. */
  private renamed(own: OnnxNode): Alternative {
    const made = new Map(takenOutputs(own).map((name) => [name, this.editor.unnamed('taken')]));
    return { nodes: [{ own, names: made }], made };
  }

  /** The same with weights multiplied by a mask. */
  private hiding(own: OnnxNode, weights: string, layer: number): Alternative {
    const nodes: PlannedNode[] = [];
    const mask = ablationMask(this.editor, this.ablation, layer, nodes);
    const hidden = maskedWeights(this.editor, weights, mask, nodes);
    const made = new Map(takenOutputs(own).map((name) => [name, this.editor.unnamed('taken')]));
    return { nodes: [...nodes, { own, names: new Map([...made, [weights, hidden]]) }], made };
  }

  /**
   * Tensors of a layer that every pass computes.
   *
   * @param isBehind whether those behind the node that takes the weights, else those before it
   */
  private stepsOf(layer: number, isBehind: boolean) {
    const facts = this.facts[layer];
    const tensors = facts ? tensorsOf(facts).filter((tensor) => this.isAlways(tensor)) : [];
    return this.stepsPart(
      layer,
      tensors.filter((tensor) => (tensor === facts?.output) === isBehind),
    );
  }

  private stepsPart(layer: number, tensors: readonly string[], to?: PlannedNode[]) {
    const facts = this.facts[layer];
    if (!facts || tensors.length === 0) return undefined;
    const output = this.steps.output(layer, tensors);
    const part = this.steps.part(output, facts, (tensor, inner) => {
      if (!this.isAlways(tensor)) return this.editor.float(tensor, to);
      const own = this.index.producer(tensor);
      // Done once more where it is wanted: a tensor that a part takes can't be merged into the product behind it.
      if (own?.operator !== 'Transpose' || this.isHalf(tensor)) return this.editor.float(tensor);
      const name = this.editor.unnamed('transposed');
      inner.push({ own, names: new Map([[tensor, name]]) });
      return name;
    });
    return { tensors: tensorsIn(output), part };
  }

  /** Adds all that follows the last layer's weights: the logits, and what they are made of in the last layer. */
  private addRest(): string | undefined {
    const { editor, index } = this;
    const nodes: PlannedNode[] = this.rest.flatMap((own) => {
      const layer = this.blocks.findIndex(({ weightsTaker }) => weightsTaker === own);
      if (layer < 0) return [{ own }];
      const tensors = takenOutputs(own).map((name) => ({ name, type: index.elementType(name) }));
      const condition: PlannedNode[] = [];
      const isAblated = this.isOn('ablation', layer, condition);
      const hiding = this.hiding(own, this.blocks[layer]!.weights, layer);
      return [...condition, editor.choice(isAblated, tensors, hiding, this.renamed(own))];
    });
    const last = this.facts.length - 1;
    const steps = this.facts.map((facts, layer) => {
      const tensors = facts ? tensorsOf(facts) : [];
      return this.stepsPart(
        layer,
        tensors.filter((tensor) => !this.isAlways(tensor) || (layer === last && tensor === facts?.output)),
        nodes,
      );
    });
    const parts = steps.filter((part) => part !== undefined);
    const logits = this.hasLogits ? editor.output('logits') : undefined;
    const made = new Map(parts.flatMap(({ part }) => [...part.made]));
    const inner: PlannedNode[] = parts.flatMap(({ part }) => part.nodes);
    if (logits !== undefined) {
      const floats = editor.float('logits', inner);
      made.set(logits, this.isAlways('logits') ? editor.add('Identity', [floats], undefined, inner) : floats);
    }
    const tensors = [...parts.flatMap((part) => part.tensors), ...(logits === undefined ? [] : [{ name: logits }])];
    if (tensors.length > 0)
      editor.nodes.push(editor.choice(this.isOn('rest'), tensors, { nodes: [...nodes, ...inner], made }, nothing));
    return logits;
  }

  /** A tensor of one bool: whether a part is switched on. */
  private isOn(part: keyof PartSwitches, index = 0, to?: PlannedNode[]): string {
    return this.editor.add(
      'Gather',
      [this.switches, this.editor.place(this.board.place(part, index))],
      { axis: 0 },
      to,
    );
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
}

function takenOutputs({ outputs }: OnnxNode): readonly string[] {
  return outputs.filter((name) => name !== '');
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
