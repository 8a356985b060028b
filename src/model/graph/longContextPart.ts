import type { PlannedNode } from '../onnx/addedNode.ts';
import { elementType } from '../onnx/elementType.ts';
import type { GraphEditor } from './graphEditor.ts';

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
  /** For each layer an output with all that `LayerReductions` names, one after the other. */
  readonly reductions: readonly string[];
}

/** What is left of matrices [heads, c, N] of a pass with c queries and N keys; heads that are joined are one. */
export interface Reduced<T> {
  /** Largest weight and sum of each block of B tokens: [heads, c / B, N / B]. */
  readonly maxima: T;
  readonly sums: T;
  /** [heads, c]: on the first key, and the largest on a later one. */
  readonly first: T;
  readonly later: T;
}

export interface LayerReductions<T> {
  readonly heads: Reduced<T>;
  /** Of the mean of the layer's heads. */
  readonly layers: Reduced<T>;
  /** Of the mean of all heads, with the last layer. */
  readonly mean: Reduced<T> | undefined;
  /** [heads, c] */
  readonly rowSums: T;
  /** Largest score of each row as it enters the Softmax: [heads, c]. */
  readonly topScores: T;
  /** [heads]: largest weight on a later token. */
  readonly future: T;
  /** Weights of the checked queries: [heads, checked, N]. */
  readonly checked: T;
  /** [heads, c, head size]; `undefined` where the graph doesn't show it. */
  readonly queries: T | undefined;
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

/** The types of what `LongContextPart.nodes` makes: the reductions, and the sum of the means of the layers so far. */
export const longContextTypes = [elementType.float32, elementType.float32] as const;

/** Reduces the weights of each layer where they are made, so that a long text never has them all. */
export class LongContextPart {
  readonly inputs: Pick<LongContextGraph, 'sizes' | 'checked'>;
  private nodes: PlannedNode[] = [];

  private constructor(
    private readonly editor: GraphEditor,
    private readonly layerCount: number,
  ) {
    this.inputs = {
      sizes: editor.input('longContext.sizes', elementType.int64, 1),
      checked: editor.input('longContext.checked', elementType.int64, 1),
    };
  }

  /** @returns `undefined` where the graph takes no KV cache, or its operators are older than the reductions. */
  static of(editor: GraphEditor, layers: number): LongContextPart | undefined {
    const { model, graph } = editor.index;
    const isCached = graph.inputs.some(({ name }) => name.startsWith('past_key_values.'));
    const isKnown = (model.opsets.get('') ?? 1) >= OLDEST_OPSET;
    return isKnown && isCached ? new LongContextPart(editor, layers) : undefined;
  }

  /**
   * The reductions of a layer.
   *
   * @param weights, scores, queries of the layer, as float32
   * @param before the sum of the means of the layers before: [1, c · N]
   */
  part(
    layer: number,
    {
      weights,
      scores,
      queries,
    }: { readonly weights: string; readonly scores: string; readonly queries: string | undefined },
    before: string | undefined,
  ) {
    this.nodes = [];
    const pass = this.passTensors();
    // In however many axes the graph has them.
    const matrices = this.add('Reshape', [weights, pass.matrices]);
    // Of a layer: [1, c · N]. A product is faster than a reduction.
    const mean = this.add('Gemm', [pass.headShares, this.add('Reshape', [matrices, pass.headRows])]);
    const sum = before === undefined ? mean : this.add('Add', [before, mean]);
    const keySums = this.keyBlocks('ReduceSum', matrices, pass.blocks.heads);
    const ofMean = (weights: string, kept: Kept): Reduced<string> => {
      const single = this.add('Reshape', [weights, pass.oneHead]);
      return this.reduce(single, this.keyBlocks('ReduceSum', single, pass.blocks[kept]), pass.blocks[kept], pass);
    };
    const share = this.editor.floats([1 / this.layerCount]);
    const reductions: LayerReductions<string> = {
      heads: this.reduce(matrices, keySums, pass.blocks.heads, pass),
      layers: ofMean(mean, 'layers'),
      mean: layer === this.layerCount - 1 ? ofMean(this.add('Mul', [sum, share]), 'mean') : undefined,
      rowSums: this.reduction('ReduceSum', keySums, [2]),
      topScores: this.reduction('ReduceMax', scores, [-1]),
      future: this.future(matrices, pass),
      checked: this.add('Gather', [matrices, this.inputs.checked], { axis: 2 }),
      queries,
    };
    const flat = inOrder(reductions).map((tensor) => this.add('Reshape', [tensor, this.editor.integers([-1])]));
    const made = [this.add('Concat', flat, { axis: 0 }), this.add('Identity', [sum])];
    return { nodes: this.nodes, made };
  }

  private passTensors(): PassTensors {
    const { editor } = this;
    const { float32, bool } = elementType;
    const size = (name: PassSize): string =>
      this.add('Gather', [this.inputs.sizes, editor.integers([passSizes.indexOf(name)])], { axis: 0 });
    const [one, queries, keys, heads] = [editor.integers([1]), size('queries'), size('keys'), size('heads')];
    const shape = (...parts: readonly string[]): string => this.add('Concat', parts, { axis: 0 });
    const scalar = (list: string): string => this.add('Squeeze', [list, editor.integers([0])]);
    const range = (end: string): string => this.add('Range', [editor.place(0), scalar(end), editor.place(1)]);
    const ones = (truth: string): string => this.add('Cast', [truth], { to: float32 });
    const afterFirst = (count: string): string => ones(this.add('Cast', [range(count)], { to: bool }));
    const blocks = (kept: Kept): BlockTensors => {
      const block = size(`${kept}.block`);
      const matrices = kept === 'heads' ? heads : one;
      const [keyBlocks, queryBlocks] = [this.add('Div', [keys, block]), this.add('Div', [queries, block])];
      return {
        keyBlocks: shape(matrices, queries, keyBlocks, block),
        queryBlocks: shape(matrices, queryBlocks, block, keyBlocks),
        blockSize: block,
        laterKeys: afterFirst(block),
        laterBlocks: afterFirst(keyBlocks),
      };
    };
    const column = this.add('Unsqueeze', [range(queries), editor.integers([1])]);
    const share = this.add('Div', [editor.floats([1]), ones(heads)]);
    return {
      blocks: { heads: blocks('heads'), layers: blocks('layers'), mean: blocks('mean') },
      matrices: shape(one, heads, queries, keys),
      headRows: shape(heads, this.add('Mul', [queries, keys])),
      oneHead: shape(one, one, queries, keys),
      headShares: this.add('Expand', [share, shape(one, heads)]),
      ofText: ones(this.add('Less', [column, size('queriesOfText')])),
      future: ones(this.add('Greater', [range(queries), column])),
      newKeys: this.add('Sub', [keys, queries]),
      allKeys: keys,
    };
  }

  private reduce(weights: string, keySums: string, blocks: BlockTensors, { ofText }: PassTensors): Reduced<string> {
    const keyMaxima = this.keyBlocks('ReduceMax', weights, blocks);
    const near = this.add('Mul', [this.keys(weights, this.editor.integers([0]), blocks.blockSize), blocks.laterKeys]);
    const far = this.add('Mul', [keyMaxima, blocks.laterBlocks]);
    const nearTop = this.withoutBatch(this.reduction('ReduceMax', near, [3]));
    return {
      maxima: this.queryBlocks('ReduceMax', keyMaxima, blocks, ofText),
      sums: this.queryBlocks('ReduceSum', keySums, blocks, ofText),
      first: this.withoutBatch(this.add('Gather', [weights, this.editor.place(0)], { axis: 3 })),
      later: this.add('Max', [nearTop, this.reduction('ReduceMax', far, [2])]),
    };
  }

  /** [1, heads, c, N] → [heads, c, N / B] */
  private keyBlocks(operator: Reduction, weights: string, { keyBlocks }: BlockTensors): string {
    return this.reduction(operator, this.add('Reshape', [weights, keyBlocks]), [3]);
  }

  /** [heads, c, N / B] → [heads, c / B, N / B], without the queries that only fill up. */
  private queryBlocks(operator: Reduction, keyBlocks: string, { queryBlocks }: BlockTensors, ofText: string): string {
    const held = this.add('Mul', [keyBlocks, ofText]);
    return this.reduction(operator, this.add('Reshape', [held, queryBlocks]), [2]);
  }

  private future(weights: string, { newKeys, allKeys, future }: PassTensors): string {
    const later = this.add('Mul', [this.keys(weights, newKeys, allKeys), future]);
    return this.reduction('ReduceMax', later, [0, 2, 3]);
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
}

type Reduction = 'ReduceMax' | 'ReduceSum';

/** All of a layer's reductions in the order in which they are handed out. */
export function inOrder<T>(reductions: LayerReductions<T>): readonly T[] {
  const { heads, layers, mean, rowSums, topScores, future, checked, queries } = reductions;
  const matrices = [heads, layers, mean].flatMap((one) => (one ? [one.maxima, one.sums, one.first, one.later] : []));
  return [...matrices, rowSums, topScores, future, checked, ...(queries === undefined ? [] : [queries])];
}
