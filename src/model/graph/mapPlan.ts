import type { AddedIntegers, AddedNode, AddedValue } from '../onnx/addedNode.ts';
import { elementType } from '../onnx/elementType.ts';
import { type GraphIndex, takenBy } from '../onnx/graphIndex.ts';
import type { SidecarPlan } from '../onnx/sidecar.ts';
import { cacheNames } from './cacheNames.ts';
import { findAttention } from './findAttention.ts';
import { type LayerFacts, layerFacts, type Scalar } from './layerFacts.ts';
import type { BlockInputs, CachedLayer, Kept, MapInputs, MapLayer, Reduced } from './mapGraph.ts';
import { castToFloat, neededNodes } from './rewrite.ts';

/** Oldest set of operators whose reductions and slices take their axes as written here. */
const OLDEST_OPSET = 13;
/** From this set on all reductions take their axes as an input. */
const AXES_AS_INPUT = 18;

/** A graph that hands out what a map of long attention is made of, and never the weights themselves. */
export interface MapPlan {
  readonly plan: SidecarPlan;
  readonly inputs: MapInputs;
  readonly layers: readonly MapLayer[];
  /** Of heads and of their means one for each layer, of the mean of all a single one. */
  readonly reduced: Readonly<Record<Kept, readonly Reduced[]>>;
  readonly cache: readonly CachedLayer[];
}

/** @returns `undefined` where the graph takes no KV cache, or its operators are older than the reductions that are added. */
export function planMap(index: GraphIndex): MapPlan | undefined {
  const opset = index.model.opsets.get('') ?? 1;
  const isCached = index.graph.inputs.some(({ name }) => name.startsWith('past_key_values.'));
  if (opset < OLDEST_OPSET || !isCached) return undefined;
  return new MapPlanner(index, opset).plan();
}

class MapPlanner {
  private readonly prefix: string;
  private readonly nodes: AddedNode[] = [];
  private readonly integers: AddedIntegers[] = [];
  private readonly values: AddedValue[] = [];
  private readonly outputs: string[] = [];

  constructor(
    private readonly index: GraphIndex,
    private readonly opset: number,
  ) {
    this.prefix = unusedPrefix(index);
  }

  plan(): MapPlan {
    const { graph } = this.index;
    const blocks = findAttention(this.index);
    const facts = blocks.map((block) => layerFacts(this.index, block));
    const inputs = this.inputs();
    const heads: Reduced[] = [];
    const means: Reduced[] = [];
    let sum = '';
    const layers = blocks.map(({ weights, softmax }, layer): MapLayer => {
      const name = `${this.prefix}.${layer}`;
      // In however many axes the graph has them.
      const float = this.add('Reshape', [this.float(weights, `${name}.weights`), inputs.matrices], `${name}.matrices`);
      const mean = this.headMean(float, inputs, name);
      means.push(this.reducedMean(mean, inputs, 'layers', `${name}.mean`));
      sum = layer === 0 ? mean : this.add('Add', [sum, mean], `${name}.sum`);
      const keySums = this.keyBlocks('ReduceSum', float, inputs.blocks.heads, name);
      heads.push(this.reduced(float, keySums, inputs.blocks.heads, inputs.ofText, name));
      return {
        rowSums: this.output(this.reduce('ReduceSum', keySums, [2], `${name}.rowSums`)),
        topScores: this.output(this.topScores(softmax.inputs[0] ?? '', name)),
        future: this.output(this.future(float, inputs, name)),
        checked: this.output(this.add('Gather', [float, inputs.checked], `${name}.checked`, { axis: 2 })),
        query: this.query(facts[layer], name),
      };
    });
    const cache = this.cache(inputs);
    const mean = this.add('Mul', [sum, inputs.layerShare], `${this.prefix}.allHeads`);
    const reduced = { heads, layers: means, mean: [this.reducedMean(mean, inputs, 'mean', `${this.prefix}.mean`)] };
    const needed = [...this.nodes.flatMap((node) => node.inputs), ...this.outputs];
    const kept = neededNodes(this.index, needed);
    const tensors = new Set([...[...kept].flatMap(takenBy), ...needed]);
    const replaced = new Set(this.nodes.map(({ output }) => output));
    return {
      plan: {
        nodes: graph.nodes.filter((node) => kept.has(node)),
        initializers: graph.initializers.filter(({ name }) => tensors.has(name)),
        inputs: graph.inputs.filter(({ name }) => tensors.has(name) && !replaced.has(name)),
        outputs: [],
        values: graph.values.filter(({ name }) => tensors.has(name) && !this.outputs.includes(name)),
        renamed: new Map(),
        rewired: new Map(),
        // ONNX Runtime takes up the last outputs first: so each layer is reduced, and its weights freed, before the next.
        addedNodes: this.nodes.toReversed(),
        addedIntegers: this.integers,
        addedInputs: this.values,
        addedOutputs: [...new Set(this.outputs)].map((name) => ({ name, elementType: elementType.float32 })),
      },
      inputs,
      layers,
      reduced,
      cache,
    };
  }

  /** Only what a pass adds is handed out: the caller keeps the rest, as float32 whatever the graph's own cache is. */
  private cache(inputs: MapInputs): readonly CachedLayer[] {
    const { graph } = this.index;
    const { past, present } = cacheNames(
      graph.inputs.map(({ name }) => name),
      graph.outputs.map(({ name }) => name),
    );
    const added = (name: string): string => {
      const output = `${this.prefix}.${name}`;
      const { newKeys, allKeys } = inputs;
      this.add('Slice', [name, newKeys, allKeys, this.constant([2])], `${output}.own`);
      return this.output(this.add('Cast', [`${output}.own`], output, { to: elementType.float32 }));
    };
    const taken = (name: string): string => {
      const type = graph.inputs.find((input) => input.name === name)?.elementType;
      if (type === undefined || type === elementType.float32) return name;
      const input = this.input(`${name}.float`, elementType.float32, 4);
      this.add('Cast', [input], name, { to: type });
      return input;
    };
    return past.map((before, layer) => {
      const { key, value } = present[layer]!;
      return {
        past: { key: taken(before.key), value: taken(before.value) },
        added: { key: added(key), value: added(value) },
      };
    });
  }

  private inputs(): MapInputs {
    const { float32, int64 } = elementType;
    const blocks = (of: string): BlockInputs => ({
      keyBlocks: this.input(`${of}.keyBlocks`, int64, 1),
      queryBlocks: this.input(`${of}.queryBlocks`, int64, 1),
      blockSize: this.input(`${of}.blockSize`, int64, 1),
      laterKeys: this.input(`${of}.laterKeys`, float32, 1),
      laterBlocks: this.input(`${of}.laterBlocks`, float32, 1),
    });
    return {
      blocks: { heads: blocks('heads'), layers: blocks('layers'), mean: blocks('mean') },
      matrices: this.input('matrices', int64, 1),
      headRows: this.input('headRows', int64, 1),
      oneHead: this.input('oneHead', int64, 1),
      headShares: this.input('headShares', float32, 2),
      layerShare: this.input('layerShare', float32, 1),
      ofText: this.input('ofText', float32, 2),
      future: this.input('future', float32, 2),
      newKeys: this.input('newKeys', int64, 1),
      allKeys: this.input('allKeys', int64, 1),
      checked: this.input('checked', int64, 1),
    };
  }

  /** Of a layer: [1, c · N]. A product is faster than a reduction. */
  private headMean(weights: string, inputs: MapInputs, name: string): string {
    const rows = this.add('Reshape', [weights, inputs.headRows], `${name}.headRows`);
    return this.add('Gemm', [inputs.headShares, rows], `${name}.headMean`);
  }

  private reducedMean(mean: string, inputs: MapInputs, kept: Kept, name: string): Reduced {
    const weights = this.add('Reshape', [mean, inputs.oneHead], `${name}.weights`);
    const blocks = inputs.blocks[kept];
    const keySums = this.keyBlocks('ReduceSum', weights, blocks, name);
    return this.reduced(weights, keySums, blocks, inputs.ofText, name);
  }

  private reduced(weights: string, keySums: string, blocks: BlockInputs, ofText: string, name: string): Reduced {
    const keyMaxima = this.keyBlocks('ReduceMax', weights, blocks, name);
    const firstBlock = this.slice(weights, this.constant([0]), blocks.blockSize, `${name}.firstBlock`);
    const near = this.add('Mul', [firstBlock, blocks.laterKeys], `${name}.near`);
    const far = this.add('Mul', [keyMaxima, blocks.laterBlocks], `${name}.far`);
    const nearTop = this.squeezed(this.reduce('ReduceMax', near, [3], `${name}.nearTop`), `${name}.nearRow`);
    const farTop = this.reduce('ReduceMax', far, [2], `${name}.farTop`);
    const first = this.add('Gather', [weights, this.scalarZero()], `${name}.firstKey`, { axis: 3 });
    return {
      maxima: this.output(this.queryBlocks('ReduceMax', keyMaxima, blocks, ofText, name)),
      sums: this.output(this.queryBlocks('ReduceSum', keySums, blocks, ofText, name)),
      first: this.output(this.squeezed(first, `${name}.first`)),
      later: this.output(this.add('Max', [nearTop, farTop], `${name}.later`)),
    };
  }

  /** [1, heads, c, N] → [heads, c, N / B] */
  private keyBlocks(operator: Reduction, weights: string, { keyBlocks }: BlockInputs, name: string): string {
    const kind = operator === 'ReduceMax' ? 'max' : 'sum';
    const divided = `${name}.divided`;
    if (!this.nodes.some(({ output }) => output === divided)) this.add('Reshape', [weights, keyBlocks], divided);
    return this.reduce(operator, divided, [3], `${name}.${kind}.keys`);
  }

  /** [heads, c, N / B] → [heads, c / B, N / B], without the queries that only fill up. */
  private queryBlocks(
    operator: Reduction,
    keys: string,
    { queryBlocks }: BlockInputs,
    ofText: string,
    name: string,
  ): string {
    const kind = `${name}.${operator === 'ReduceMax' ? 'max' : 'sum'}`;
    const held = this.add('Mul', [keys, ofText], `${kind}.ofText`);
    const divided = this.add('Reshape', [held, queryBlocks], `${kind}.divided`);
    return this.reduce(operator, divided, [2], `${kind}.blocks`);
  }

  private topScores(scores: string, name: string): string {
    return this.reduce('ReduceMax', this.float(scores, `${name}.scores`), [-1], `${name}.topScores`);
  }

  private future(weights: string, inputs: MapInputs, name: string): string {
    const ownKeys = this.slice(weights, inputs.newKeys, inputs.allKeys, `${name}.ownKeys`);
    const later = this.add('Mul', [ownKeys, inputs.future], `${name}.futureKeys`);
    return this.reduce('ReduceMax', later, [0, 2, 3], `${name}.future`);
  }

  private query(facts: LayerFacts | undefined, name: string): MapLayer['query'] {
    if (!facts) return undefined;
    const scalars = (list: readonly Scalar[], kind: string): readonly Scalar[] =>
      list.map(({ tensor, divides }, place) => ({
        tensor: this.output(this.float(tensor, `${name}.${kind}.${place}`)),
        divides,
      }));
    return {
      tensor: this.output(this.float(facts.query.tensor, `${name}.query`)),
      scores: {
        key: scalars(facts.key.scalars, 'keyScalar'),
        product: scalars(facts.productScalars, 'productScalar'),
        cap: facts.capScalars && scalars(facts.capScalars, 'capScalar'),
      },
    };
  }

  private slice(input: string, start: string, end: string, output: string): string {
    return this.add('Slice', [input, start, end, this.constant([3])], output);
  }

  /** Drops the batch, of one. */
  private squeezed(input: string, output: string): string {
    return this.add('Squeeze', [input, this.constant([0])], output);
  }

  private reduce(operator: Reduction, input: string, axes: readonly number[], output: string): string {
    const attributes = { keepdims: 0 };
    const asInput = operator === 'ReduceSum' || this.opset >= AXES_AS_INPUT;
    return asInput
      ? this.add(operator, [input, this.constant(axes)], output, attributes)
      : this.add(operator, [input], output, { ...attributes, axes });
  }

  private float(tensor: string, output: string): string {
    if (this.index.elementType(tensor) === elementType.float32) return tensor;
    this.nodes.push(castToFloat(tensor, output));
    return output;
  }

  private input(name: string, type: number, rank: number): string {
    this.values.push({ name: `${this.prefix}.${name}`, elementType: type, rank });
    return `${this.prefix}.${name}`;
  }

  private add(
    operator: string,
    inputs: readonly string[],
    output: string,
    attributes?: Readonly<Record<string, number | readonly number[]>>,
  ): string {
    this.nodes.push({ operator, inputs, output, ...(attributes && { attributes }) });
    return output;
  }

  private output(name: string): string {
    this.outputs.push(name);
    return name;
  }

  private constant(values: readonly number[]): string {
    const name = `${this.prefix}.constant.${values.join('.')}`;
    if (!this.integers.some((known) => known.name === name)) this.integers.push({ name, values });
    return name;
  }

  /** A place, whose axis `Gather` drops. */
  private scalarZero(): string {
    const name = `${this.prefix}.place`;
    if (!this.nodes.some(({ output }) => output === name)) {
      this.add('Squeeze', [this.constant([0]), this.constant([0])], name);
    }
    return name;
  }
}

type Reduction = 'ReduceMax' | 'ReduceSum';

function unusedPrefix({ graph, initializers }: GraphIndex): string {
  const taken = [
    ...graph.nodes.flatMap(({ outputs }) => outputs),
    ...graph.inputs.map(({ name }) => name),
    ...initializers.keys(),
  ];
  let prefix = 'attention_map';
  while (taken.some((name) => name.startsWith(prefix))) prefix += '_';
  return prefix;
}
