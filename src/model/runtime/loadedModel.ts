import type { Tensor } from 'onnxruntime-node';
import { fullCacheBytes } from '../../attention/costs.ts';
import type { CacheShape } from '../../protocol/generation.ts';
import type { ModelDescription } from '../../protocol/model.ts';
import { cacheEntry } from '../folder/cacheEntry.ts';
import { isReplaced, type ModelFile, modelFile } from '../folder/modelFile.ts';
import { type GenerationConfig, readGenerationConfig } from '../folder/generationConfig.ts';
import { type ModelConfig, readModelConfig } from '../folder/modelFolder.ts';
import type { LayerFacts } from '../graph/layerFacts.ts';
import type { LayerReductions, Reduced } from '../graph/longContextPart.ts';
import { readRuntimeGraph, type RuntimeGraph } from '../graph/runtimeGraph.ts';
import { requireFeedable } from '../graph/textInputs.ts';
import { ModelTokenizer } from '../tokens/modelTokenizer.ts';
import { TokenEncoder } from '../tokens/tokenEncoder.ts';
import { TokenTexts } from '../tokens/tokenTexts.ts';
import { countHeads, weightsOf } from './attentionWeights.ts';
import { type CacheForm, cacheForm, emptyCache } from './cacheForm.ts';
import { GraphSession, type NewPositions } from './graphSession.ts';
import { KvCache, type Tensors } from './kvCache.ts';
import { PartFeeds } from './partFeeds.ts';
import type { Pass, PassResult } from './pass.ts';
import { selfCheckFailure } from './runtimeFailures.ts';
import type { Turns } from './turns.ts';

export interface LoadOptions {
  readonly modelFolder: string;
  /** Where what is measured of models is kept. */
  readonly cacheFolder: string;
  /** Threads within one operator. */
  readonly threads: number;
  readonly turns: Turns;
  /** Awaited once the graph is made, before it is loaded into memory. */
  readonly onTapped: () => Promise<void>;
}

interface Loaded {
  readonly graph: RuntimeGraph;
  readonly session: GraphSession;
  readonly description: ModelDescription;
  readonly config: ModelConfig;
  readonly generationConfig: GenerationConfig;
  readonly tokenizer: ModelTokenizer;
  readonly vocabulary: number;
  readonly cacheShape: CacheShape | undefined;
  readonly keptFolder: string;
  readonly files: readonly ModelFile[];
  readonly turns: Turns;
}

/** A model in memory: one graph, one session, which all features ask for passes. */
export class LoadedModel {
  readonly description: ModelDescription;
  readonly config: ModelConfig;
  readonly generationConfig: GenerationConfig;
  readonly tokenizer: ModelTokenizer;
  readonly encoder: TokenEncoder;
  /** What tokens say that are not in a text. */
  readonly texts: TokenTexts;
  /** For what is measured of the model: a folder of the cache that belongs to this very state of its files. */
  readonly keptFolder: string;
  readonly turns: Turns;
  /** `undefined` where the graph does not take and return keys and values, the same of each layer. */
  readonly cacheShape: CacheShape | undefined;
  /** Logits of a position; 0 where there are none. */
  readonly vocabulary: number;
  private readonly graph: RuntimeGraph;
  private readonly session: GraphSession;
  private readonly parts: PartFeeds;

  private readonly files: readonly ModelFile[];

  private constructor(loaded: Loaded) {
    ({
      description: this.description,
      config: this.config,
      generationConfig: this.generationConfig,
      tokenizer: this.tokenizer,
      keptFolder: this.keptFolder,
      turns: this.turns,
      vocabulary: this.vocabulary,
      cacheShape: this.cacheShape,
      graph: this.graph,
      session: this.session,
      files: this.files,
    } = loaded);
    this.encoder = new TokenEncoder(loaded.tokenizer);
    this.texts = new TokenTexts(loaded.tokenizer);
    this.parts = new PartFeeds(loaded.graph);
  }

  /** @throws ExplainError when the folder holds no model whose attention can be had. */
  static async load({ modelFolder, cacheFolder, threads, turns, onTapped }: LoadOptions): Promise<LoadedModel> {
    const config = await readModelConfig(modelFolder);
    const generationConfig = await readGenerationConfig(modelFolder);
    const graph = await readRuntimeGraph(modelFolder);
    requireFeedable(graph.inputs, config.name);
    await onTapped();
    const tokenizer = await ModelTokenizer.load(modelFolder);
    const session = await GraphSession.openModel(graph.sidecar, threads, config.name);
    try {
      const { heads, vocabulary } = await measured(graph, session, config);
      const cache = cacheForm(session, config);
      const stated = cache?.keyValueHeads ?? config.keyValueHeads ?? heads;
      const keyValueHeads = heads % stated === 0 ? stated : heads;
      const description = describe(modelFolder, config, graph, { heads, keyValueHeads });
      const cacheShape = cache && shapeOfCache(cache, graph, description);
      const files = await filesOf(modelFolder, graph);
      const keptFolder = await cacheEntry(cacheFolder, files, graph.sidecar.bytes);
      return new LoadedModel({
        ...{ graph, session, description, config, generationConfig, tokenizer, vocabulary, cacheShape },
        ...{ keptFolder, files, turns },
      });
    } catch (error) {
      await session.release();
      throw error;
    }
  }

  /** Whether another model now stands in its folder. */
  isReplaced(): Promise<boolean> {
    return isReplaced(this.files);
  }

  /** Of each layer; `undefined` where its steps can't be told apart. */
  get facts(): readonly (LayerFacts | undefined)[] {
    return this.graph.facts;
  }

  /** Name of the graph's file, for messages. */
  get graphFile(): string {
    return this.graph.file;
  }

  /** Most tokens that it has positions for; more than its context where positions are computed. */
  get mostPositions(): number {
    const isEndless = this.description.causal && this.graph.positions === undefined;
    return isEndless ? Infinity : this.description.contextLength;
  }

  /** Positions that the graph holds; `undefined` where it computes them. */
  get positionTable(): number | undefined {
    return this.graph.positions;
  }

  get takesPositions(): boolean {
    return this.session.inputs.has('position_ids');
  }

  get linearWeights(): number {
    return this.graph.linearWeights;
  }

  /** The operator whose outcome depends on what else is in a pass. */
  get passDependence(): string | undefined {
    return this.graph.passDependence;
  }

  /** Whether a text may be cut into passes without changing what the model says of it. */
  get mayRunInPasses(): boolean {
    return this.description.causal && this.passDependence === undefined;
  }

  /** Whether a text can be run in passes that hand on a cache. */
  get runsInPasses(): boolean {
    return this.mayRunInPasses && this.cacheShape !== undefined;
  }

  /** Whether the graph takes and returns a cache of any form. */
  get hasCache(): boolean {
    const { past, present } = this.graph.cache;
    return past.length > 0 && past.length === present.length;
  }

  get hasLogits(): boolean {
    return this.graph.logits !== undefined;
  }

  /** Whether the graph reduces the weights of a long text where they are made. */
  get hasReductions(): boolean {
    return this.graph.longContext !== undefined;
  }

  /** @param reserved positions to allocate at once. */
  newCache(reserved?: number): KvCache {
    const shape = this.cacheShape;
    if (!shape) throw new Error('The graph has no cache.');
    return new KvCache(shape, this.graph.cache, reserved);
  }

  /** The past of a first position. */
  get emptyPast(): Tensors {
    return emptyCache(this.session, this.config);
  }

  /** What a pass returned of the cache, as the next one takes it. */
  asPast(present: Tensors): Tensors {
    return Object.fromEntries(
      this.graph.cache.past.flatMap(({ key, value }, layer) => {
        const names = this.graph.cache.present[layer]!;
        return [
          [key, present[names.key]!],
          [value, present[names.value]!],
        ] as const;
      }),
    );
  }

  /** What the graph takes of a text, cache apart. */
  textFeeds(positions: NewPositions): Tensors {
    return this.session.textFeeds(positions);
  }

  /** @throws ExplainError `modelFile` or `overBudget` when the graph fails, `unsupportedForm` for weights in other axes. */
  async run(pass: Pass): Promise<PassResult> {
    const { graph, session } = this;
    const { ids, pastLength, weights = [], steps, longContext } = pass;
    const wantsLogits = pass.wantsLogits === true;
    const stepOutputs = graph.steps.filter(({ layer, tensors }) => {
      return steps?.get(layer)?.some((tensor) => tensors.includes(tensor));
    });
    const present = pass.wantsCache ? graph.cache.present.flatMap(({ key, value }) => [key, value]) : [];
    const reductions = longContext ? graph.longContext!.reductions : [];
    const outputs = await session.run(
      { ...this.textFeeds(pass), ...pass.past, ...this.parts.of(pass, this.description.heads) },
      [
        ...weights.map((layer) => graph.weights[layer]!),
        ...stepOutputs.flatMap(({ numbers, sizes }) => [numbers, sizes]),
        ...(wantsLogits ? [graph.logits!] : []),
        ...present,
        ...reductions,
      ],
      pass.room,
    );
    const keys = pastLength + ids.length;
    if (wantsLogits) requireShape(outputs, graph.logits!, [1, ids.length, this.vocabulary]);
    for (const name of present) requireShape(outputs, name, this.presentShape(keys));
    const numbers = (name: string): Float32Array => outputs[name]!.data as Float32Array;
    return {
      weights: (layer) => weightsOf(outputs[graph.weights[layer]!], this.description.heads, ids.length, keys),
      steps: (layer) => {
        const found = stepOutputs.filter((output) => output.layer === layer);
        return new Map(
          found.flatMap(({ tensors, numbers, sizes }) => cutUp(tensors, outputs[numbers]!, outputs[sizes]!)),
        );
      },
      logits: (row) => numbers(graph.logits!).slice(row * this.vocabulary, (row + 1) * this.vocabulary),
      present: Object.fromEntries(present.map((name) => [name, outputs[name]!])),
      reductions: (layer) => this.reductionsOf(layer, numbers(reductions[layer]!), pass),
    };
  }

  async dispose(): Promise<void> {
    await this.session.release();
  }

  private presentShape(positions: number): readonly number[] | undefined {
    return this.cacheShape && [1, this.cacheShape.keyValueHeads, positions, this.cacheShape.headSize];
  }

  /** The parts of what the graph hands out of a layer, by the sizes that they have in this pass. */
  private reductionsOf(layer: number, numbers: Float32Array, { ids, pastLength, longContext }: Pass) {
    const { heads, layers } = this.description;
    const { blocks, checked } = longContext!;
    const [queries, keys] = [ids.length, pastLength + ids.length];
    let at = 0;
    const next = (size: number): Float32Array => numbers.subarray(at, (at += size));
    const reduced = (count: number, block: number): Reduced<Float32Array> => {
      const cells = (count * queries * keys) / block ** 2;
      return { maxima: next(cells), sums: next(cells), first: next(count * queries), later: next(count * queries) };
    };
    const headSize = this.facts[layer] && this.cacheShape?.headSize;
    const reductions: LayerReductions<Float32Array> = {
      heads: reduced(heads, blocks.heads),
      layers: reduced(1, blocks.layers),
      mean: layer === layers - 1 ? reduced(1, blocks.mean) : undefined,
      rowSums: next(heads * queries),
      topScores: next(heads * queries),
      future: next(heads),
      checked: next(heads * checked.length * keys),
      queries: headSize === undefined ? undefined : next(heads * queries * headSize),
    };
    if (at === numbers.length) return reductions;
    throw selfCheckFailure(`layer ${layer} hands out ${numbers.length} numbers of a pass, not ${at}.`);
  }
}

/** Tensors that are handed out one after the other, those that were wanted. */
function cutUp(
  tensors: readonly string[],
  numbers: Tensor,
  sizes: Tensor,
): readonly (readonly [string, Float32Array])[] {
  let at = 0;
  return tensors.flatMap((tensor, place) => {
    const size = Number((sizes.data as BigInt64Array)[place]);
    const part = (numbers.data as Float32Array).subarray(at, (at += size));
    return size > 0 ? [[tensor, part] as const] : [];
  });
}

/** @throws ExplainError `selfCheck` when the graph returns another shape than it should. */
function requireShape(outputs: Tensors, name: string, shape: readonly number[] | undefined): void {
  const { dims } = outputs[name]!;
  if (shape === undefined || dims.join() === shape.join()) return;
  throw selfCheckFailure(`“${name}” is [${dims.join(', ')}], not [${shape.join(', ')}].`);
}

/** What a pass over one token shows of the model: its heads, and the logits of a position. */
async function measured(graph: RuntimeGraph, session: GraphSession, config: ModelConfig) {
  const { weights, logits } = graph;
  const token = { ids: [0], positions: [0], pastLength: 0 };
  const wanted = { ...token, weights: [...weights.keys()], wantsLogits: logits !== undefined };
  const made = await session.run(
    { ...session.textFeeds(token), ...emptyCache(session, config), ...new PartFeeds(graph).of(wanted, 0) },
    [...weights, ...(logits === undefined ? [] : [logits])],
  );
  const heads = countHeads(weights.map((name) => made[name]!));
  return { heads, vocabulary: logits === undefined ? 0 : made[logits]!.dims.at(-1)! };
}

function shapeOfCache(
  form: CacheForm,
  { cache: { past, present } }: RuntimeGraph,
  { layers, heads }: ModelDescription,
): CacheShape | undefined {
  if (past.length !== layers || present.length !== layers) return undefined;
  const bytesPerPosition = fullCacheBytes({ layers, ...form }, form.elementType === 'float32' ? 4 : 2, 1);
  const { keyValueHeads, headSize, elementType } = form;
  return { layers, queryHeads: heads, keyValueHeads, headSize, elementType, bytesPerPosition };
}

/** What a model's numbers follow from. */
async function filesOf(modelFolder: string, { files }: RuntimeGraph): Promise<readonly ModelFile[]> {
  const others = ['config.json', 'tokenizer.json', 'tokenizer_config.json'];
  const found = await Promise.all(others.map((name) => modelFile(modelFolder, name)));
  return [...files, ...found.filter((file) => file !== undefined)];
}

function describe(
  folder: string,
  config: ModelConfig,
  { storage, compute, layers, positions, causal }: RuntimeGraph,
  heads: Pick<ModelDescription, 'heads' | 'keyValueHeads'>,
): ModelDescription {
  return {
    folder,
    name: config.name,
    architecture: config.architecture,
    storage,
    compute,
    layers: layers.length,
    ...heads,
    contextLength: Math.min(config.contextLength, positions ?? Infinity),
    causal: causal ?? config.causal,
    tap: layers,
  };
}
