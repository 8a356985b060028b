import type { PlannedNode } from '../onnx/addedNode.ts';
import { elementType } from '../onnx/elementType.ts';
import type { AttentionBlock } from './findAttention.ts';
import type { GraphEditor } from './graphEditor.ts';
import type { LayerFacts, Scalar } from './layerFacts.ts';
import type { OptionalParts, PartResult } from './optionalParts.ts';

/** Oldest set of operators whose reductions and slices take their axes as written here. */
const OLDEST_OPSET = 13;
/** From this set on all reductions take their axes as an input. */
const AXES_AS_INPUT = 18;

/** Matrices of which blocks are kept: of every head, of the mean of each layer's heads, and of the mean of all. */
export type Kept = 'heads' | 'layers' | 'mean';

/** What a pass says of itself, in this order: int64 [7]. Blocks divide queries and keys. */
export const passSizes = [
  ...(['queries', 'keys', 'queriesOfText', 'heads'] as const),
  ...(['heads.block', 'layers.block', 'mean.block'] as const),
];
export type PassSize = (typeof passSizes)[number];

export interface LongContextGraph {
  /** Input with the `passSizes`. */
  readonly sizes: string;
  /** Input: queries of this pass whose weights are wanted as they are, int64 [any]. */
  readonly checked: string;
  readonly layers: readonly LongContextLayer[];
  /** Of heads and of their means one for each layer, of the mean of all a single one. */
  readonly reduced: Readonly<Record<Kept, readonly Reduced[]>>;
}

/** What is left of matrices [heads, c, N] of a pass with c queries and N keys; heads that are joined are one. */
export interface Reduced {
  /** Largest weight and sum of each block of B tokens: [heads, c / B, N / B]. */
  readonly maxima: string;
  readonly sums: string;
  /** [heads, c]: on the first key, and the largest on a later one. */
  readonly first: string;
  readonly later: string;
}

export interface LongContextLayer {
  /** [heads, c] */
  readonly rowSums: string;
  /** Largest score of each row as it enters the Softmax: [heads, c]. */
  readonly topScores: string;
  /** [heads]: largest weight on a later token. */
  readonly future: string;
  /** Weights of the checked queries: [heads, checked, N]. */
  readonly checked: string;
  /** Queries, and what else the scores are made of; `undefined` where the graph doesn't show it. */
  readonly query: { readonly tensor: string; readonly scores: ScoreScalars } | undefined;
}

/** The scalars between q·k and the Softmax. */
export interface ScoreScalars {
  readonly key: readonly Scalar[];
  readonly product: readonly Scalar[];
  readonly cap: readonly Scalar[] | undefined;
}

/** Shapes and masks of a pass that all layers share, by their names in the graph. */
interface PassTensors {
  readonly blocks: Readonly<Record<Kept, BlockTensors>>;
  /** [4]: 1, heads, c, N. */
  readonly matrices: string;
  /** [2]: heads, c · N. */
  readonly headRows: string;
  /** [4]: 1, 1, c, N. */
  readonly oneHead: string;
  /** float32 [1, heads]: what a head counts in the mean of its layer. */
  readonly headShares: string;
  /** float32 [c, 1]: 1 for queries of the text, 0 for those that fill up the last block. */
  readonly ofText: string;
  /** float32 [c, c]: 1 above the diagonal. */
  readonly future: string;
  /** [1] each: where the keys of this pass begin and end. */
  readonly newKeys: string;
  readonly allKeys: string;
}

interface BlockTensors {
  /** [4]: heads, c, N / B, B. */
  readonly keyBlocks: string;
  /** [4]: heads, c / B, B, N / B. */
  readonly queryBlocks: string;
  /** [1]: B. */
  readonly blockSize: string;
  /** float32 [B]: 0, then ones. */
  readonly laterKeys: string;
  /** float32 [N / B]: 0, then ones. */
  readonly laterBlocks: string;
}

/** Reduces the weights of each layer where they are made, so that a long text never has them all. */
export class LongContextPart {
  readonly graph: LongContextGraph;
  private readonly layers: LongContextLayer[] = [];
  private readonly reduced: Record<Kept, Reduced[]> = { heads: [], layers: [], mean: [] };
  private readonly pass: PassTensors;
  /** Of the layers so far, the sum of the means of their heads: [1, c · N]. */
  private sum: string | undefined;
  private nodes: PlannedNode[] = [];
  private results: PartResult[] = [];

  private constructor(
    private readonly editor: GraphEditor,
    private readonly optional: OptionalParts,
    private readonly layerCount: number,
  ) {
    const sizes = editor.input('longContext.sizes', elementType.int64, 1);
    const checked = editor.input('longContext.checked', elementType.int64, 1);
    this.graph = { sizes, checked, layers: this.layers, reduced: this.reduced };
    this.pass = this.passTensors();
    this.finishPart();
  }

  /** @returns `undefined` where the graph takes no KV cache, or its operators are older than the reductions. */
  static of(editor: GraphEditor, optional: OptionalParts, layers: number): LongContextPart | undefined {
    const { model, graph } = editor.index;
    const isCached = graph.inputs.some(({ name }) => name.startsWith('past_key_values.'));
    const isKnown = (model.opsets.get('') ?? 1) >= OLDEST_OPSET;
    return isKnown && isCached ? new LongContextPart(editor, optional, layers) : undefined;
  }

  /** @param weights of the layer, as float32 */
  addLayer(layer: number, { softmax }: AttentionBlock, weights: string, facts: LayerFacts | undefined): void {
    const { pass } = this;
    const scores = this.editor.float(softmax.inputs[0] ?? '');
    const query = facts && this.query(layer, facts);
    // In however many axes the graph has them.
    const matrices = this.add('Reshape', [weights, pass.matrices]);
    const mean = this.headMean(matrices);
    const keySums = this.keyBlocks('ReduceSum', matrices, 'heads');
    this.reduced.heads.push(this.reduce(`${layer}.heads`, matrices, keySums, 'heads'));
    this.reduced.layers.push(this.reduceMean(`${layer}.mean`, mean, 'layers'));
    this.layers.push({
      rowSums: this.output(`${layer}.rowSums`, this.reduction('ReduceSum', keySums, [2])),
      topScores: this.output(`${layer}.topScores`, this.reduction('ReduceMax', scores, [-1])),
      future: this.output(`${layer}.future`, this.future(matrices)),
      checked: this.output(`${layer}.checked`, this.add('Gather', [matrices, this.graph.checked], { axis: 2 })),
      query,
    });
    const sum = this.sum === undefined ? mean : this.add('Add', [this.sum, mean]);
    if (layer === this.layerCount - 1) {
      const mean = this.add('Mul', [sum, this.editor.floats([1 / this.layerCount])]);
      this.reduced.mean.push(this.reduceMean('mean', mean, 'mean'));
    } else {
      this.sum = this.result(`${layer}.sum`, sum);
    }
    this.finishPart();
  }

  /** What was added since the last part becomes one. */
  private finishPart(): void {
    this.optional.add(this.optional.condition('longContext'), this.nodes, this.results);
    [this.nodes, this.results] = [[], []];
  }

  private passTensors(): PassTensors {
    const { editor } = this;
    const { float32, int64, bool } = elementType;
    const size = (name: PassSize): string =>
      this.add('Gather', [this.graph.sizes, editor.integers([passSizes.indexOf(name)])], { axis: 0 });
    const [one, queries, keys, heads] = [editor.integers([1]), size('queries'), size('keys'), size('heads')];
    const shape = (...parts: readonly string[]): string => this.add('Concat', parts, { axis: 0 });
    const scalar = (list: string): string => this.add('Squeeze', [list, editor.integers([0])]);
    const range = (end: string): string => this.add('Range', [editor.place(0), scalar(end), editor.place(1)]);
    const ones = (truth: string): string => this.add('Cast', [truth], { to: float32 });
    const afterFirst = (count: string): string => ones(this.add('Cast', [range(count)], { to: bool }));
    const named = (name: string, made: string, type: number = float32): string =>
      this.result(`pass.${name}`, made, type);
    const blocks = (kept: Kept): BlockTensors => {
      const block = size(`${kept}.block`);
      const matrices = kept === 'heads' ? heads : one;
      const [keyBlocks, queryBlocks] = [this.add('Div', [keys, block]), this.add('Div', [queries, block])];
      return {
        keyBlocks: named(`${kept}.keyBlocks`, shape(matrices, queries, keyBlocks, block), int64),
        queryBlocks: named(`${kept}.queryBlocks`, shape(matrices, queryBlocks, block, keyBlocks), int64),
        blockSize: named(`${kept}.blockSize`, block, int64),
        laterKeys: named(`${kept}.laterKeys`, afterFirst(block)),
        laterBlocks: named(`${kept}.laterBlocks`, afterFirst(keyBlocks)),
      };
    };
    const column = this.add('Unsqueeze', [range(queries), editor.integers([1])]);
    const share = this.add('Div', [editor.floats([1]), ones(heads)]);
    return {
      blocks: { heads: blocks('heads'), layers: blocks('layers'), mean: blocks('mean') },
      matrices: named('matrices', shape(one, heads, queries, keys), int64),
      headRows: named('headRows', shape(heads, this.add('Mul', [queries, keys])), int64),
      oneHead: named('oneHead', shape(one, one, queries, keys), int64),
      headShares: named('headShares', this.add('Expand', [share, shape(one, heads)])),
      ofText: named('ofText', ones(this.add('Less', [column, size('queriesOfText')]))),
      future: named('future', ones(this.add('Greater', [range(queries), column]))),
      newKeys: named('newKeys', this.add('Sub', [keys, queries]), int64),
      allKeys: named('allKeys', this.add('Identity', [keys]), int64),
    };
  }

  /** Of a layer: [1, c · N]. A product is faster than a reduction. */
  private headMean(weights: string): string {
    return this.add('Gemm', [this.pass.headShares, this.add('Reshape', [weights, this.pass.headRows])]);
  }

  private reduceMean(name: string, mean: string, kept: Kept): Reduced {
    const weights = this.add('Reshape', [mean, this.pass.oneHead]);
    return this.reduce(name, weights, this.keyBlocks('ReduceSum', weights, kept), kept);
  }

  private reduce(name: string, weights: string, keySums: string, kept: Kept): Reduced {
    const blocks = this.pass.blocks[kept];
    const keyMaxima = this.keyBlocks('ReduceMax', weights, kept);
    const near = this.add('Mul', [this.keys(weights, this.editor.integers([0]), blocks.blockSize), blocks.laterKeys]);
    const far = this.add('Mul', [keyMaxima, blocks.laterBlocks]);
    const nearTop = this.withoutBatch(this.reduction('ReduceMax', near, [3]));
    const later = this.add('Max', [nearTop, this.reduction('ReduceMax', far, [2])]);
    const first = this.withoutBatch(this.add('Gather', [weights, this.editor.place(0)], { axis: 3 }));
    return {
      maxima: this.output(`${name}.maxima`, this.queryBlocks('ReduceMax', keyMaxima, blocks)),
      sums: this.output(`${name}.sums`, this.queryBlocks('ReduceSum', keySums, blocks)),
      first: this.output(`${name}.first`, first),
      later: this.output(`${name}.later`, later),
    };
  }

  /** [1, heads, c, N] → [heads, c, N / B] */
  private keyBlocks(operator: Reduction, weights: string, kept: Kept): string {
    return this.reduction(operator, this.add('Reshape', [weights, this.pass.blocks[kept].keyBlocks]), [3]);
  }

  /** [heads, c, N / B] → [heads, c / B, N / B], without the queries that only fill up. */
  private queryBlocks(operator: Reduction, keyBlocks: string, { queryBlocks }: BlockTensors): string {
    const held = this.add('Mul', [keyBlocks, this.pass.ofText]);
    return this.reduction(operator, this.add('Reshape', [held, queryBlocks]), [2]);
  }

  private future(weights: string): string {
    const ownKeys = this.keys(weights, this.pass.newKeys, this.pass.allKeys);
    return this.reduction('ReduceMax', this.add('Mul', [ownKeys, this.pass.future]), [0, 2, 3]);
  }

  private query(layer: number, facts: LayerFacts): LongContextLayer['query'] {
    const handOut = (name: string, tensor: string): string =>
      this.output(`${layer}.${name}`, this.add('Identity', [this.editor.float(tensor)]));
    const scalars = (list: readonly Scalar[], kind: string): readonly Scalar[] =>
      list.map(({ tensor, divides }, place) => ({ tensor: handOut(`${kind}.${place}`, tensor), divides }));
    return {
      tensor: handOut('query', facts.query.tensor),
      scores: {
        key: scalars(facts.key.scalars, 'keyScalar'),
        product: scalars(facts.productScalars, 'productScalar'),
        cap: facts.capScalars && scalars(facts.capScalars, 'capScalar'),
      },
    };
  }

  private keys(weights: string, start: string, end: string): string {
    return this.add('Slice', [weights, start, end, this.editor.integers([3])]);
  }

  /** Drops the batch, of one. */
  private withoutBatch(tensor: string): string {
    return this.add('Squeeze', [tensor, this.editor.integers([0])]);
  }

  private reduction(operator: Reduction, input: string, axes: readonly number[]): string {
    const opset = this.editor.index.model.opsets.get('') ?? 1;
    return operator === 'ReduceSum' || opset >= AXES_AS_INPUT
      ? this.add(operator, [input, this.editor.integers(axes)], { keepdims: 0 })
      : this.add(operator, [input], { keepdims: 0, axes });
  }

  private add(
    operator: string,
    inputs: readonly string[],
    attributes?: Readonly<Record<string, number | readonly number[]>>,
  ): string {
    return this.editor.add(operator, inputs, attributes, this.nodes);
  }

  /** Makes a tensor of the part one of the graph around it. */
  private result(wanted: string, made: string, type: number = elementType.float32): string {
    const name = this.editor.name(`longContext.${wanted}`);
    this.results.push({ name, made, type });
    return name;
  }

  private output(wanted: string, made: string): string {
    return this.editor.output(this.result(wanted, made));
  }
}

type Reduction = 'ReduceMax' | 'ReduceSum';
