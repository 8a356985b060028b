import path from 'node:path';
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import type { CostShape } from '../../attention/costs.ts';
import type { CacheShape } from '../../protocol/generation.ts';
import type { ModelDescription } from '../../protocol/model.ts';
import { type NewPositions, openSession, textFeeds } from '../graphSession.ts';
import { describe, type LoadOptions, selfCheckFailure } from '../languageModel.ts';
import { readModelConfig } from '../modelFolder.ts';
import { tapModel } from '../tap/tapModel.ts';
import { ModelTokenizer } from '../tokens/modelTokenizer.ts';
import { TokenEncoder } from '../tokens/tokenEncoder.ts';
import type { WindowTraits } from './cachePolicy.ts';
import { type GenerationConfig, readGenerationConfig } from './generationConfig.ts';
import { type GraphFacts, readGraphFacts } from './graphFacts.ts';
import { asFloat32, numbersOf } from './halfPrecision.ts';
import { cacheShape, graphInterface, type GraphInterface } from './graphInterface.ts';
import type { Tensors } from './kvCache.ts';
import { TokenTexts } from './tokenTexts.ts';

/** One pass of new positions over what is cached. */
export interface Pass extends NewPositions {
  readonly past: Tensors;
  /** Whether the cache grown by the new positions is wanted back. */
  readonly returnCache: boolean;
  /** Layers whose attention weights are wanted. */
  readonly attentionLayers: readonly number[];
}

export interface PassResult {
  /** Logits of a new position by its place in the pass: [vocabulary], a copy. */
  readonly logits: (row: number) => Float32Array;
  /** Keys and values by the names of the graph's outputs; empty unless wanted. */
  readonly present: Tensors;
  /** Weights of each wanted layer: [heads, new positions, all positions]. */
  readonly attention: readonly Float32Array[];
}

interface Parts {
  readonly description: ModelDescription;
  readonly tokenizer: ModelTokenizer;
  readonly config: GenerationConfig;
  readonly facts: GraphFacts;
  readonly session: InferenceSession;
  readonly graph: GraphInterface;
  readonly cacheShape: CacheShape;
  /** Output with the weights of each layer. */
  readonly attentionOutputs: readonly string[];
}

/**
 * A tapped model in memory that continues text, fed pass by pass. It speaks to ONNX Runtime itself, because
 * transformers.js derives positions and masks from the length of the cache, which is not the length of the text once
 * positions are evicted, and because only what is asked for is then copied out of the runtime.
 */
export class GeneratingModel {
  readonly description: ModelDescription;
  readonly encoder: TokenEncoder;
  readonly texts: TokenTexts;
  readonly config: GenerationConfig;
  readonly cacheShape: CacheShape;
  private readonly facts: GraphFacts;
  private readonly session: InferenceSession;
  private readonly graph: GraphInterface;
  private readonly attentionOutputs: readonly string[];

  private constructor(parts: Parts) {
    this.description = parts.description;
    this.encoder = new TokenEncoder(parts.tokenizer);
    this.texts = new TokenTexts(parts.tokenizer);
    this.config = parts.config;
    this.cacheShape = parts.cacheShape;
    this.facts = parts.facts;
    this.session = parts.session;
    this.graph = parts.graph;
    this.attentionOutputs = parts.attentionOutputs;
  }

  /** @throws ExplainError when the folder holds no model that continues text with a cache and shows its attention. */
  static async load({ modelFolder, cacheFolder, threads, onTapped }: LoadOptions): Promise<GeneratingModel> {
    const config = await readModelConfig(modelFolder);
    const tapped = await tapModel({ modelFolder, cacheFolder, keep: 'logits' });
    const description = describe(modelFolder, config, tapped);
    if (tapped.attentionOutputs.length !== config.layers) {
      throw selfCheckFailure(
        `${tapped.attentionOutputs.length} layers with attention were found, but config.json says ${config.layers}.`,
      );
    }
    await onTapped();
    const generation = await readGenerationConfig(modelFolder);
    const facts = await readGraphFacts(modelFolder);
    const tokenizer = await ModelTokenizer.load(modelFolder);
    const file = path.join(tapped.folder, 'onnx', `${tapped.fileName}.onnx`);
    const session = await openSession(file, threads, config.name);
    try {
      const graph = graphInterface(session, config.name);
      const shape = cacheShape(session, graph, description, generation.headSize);
      return new GeneratingModel({
        description,
        tokenizer,
        config: generation,
        facts,
        session,
        graph,
        cacheShape: shape,
        attentionOutputs: tapped.attentionOutputs,
      });
    } catch (error) {
      await session.release();
      throw error;
    }
  }

  get costShape(): CostShape {
    return { ...this.cacheShape, linearWeights: this.facts.linearWeights };
  }

  get cacheNames(): GraphInterface {
    return this.graph;
  }

  /** Rows of the table of positions; `undefined` where the graph computes them. */
  get positionTable(): number | undefined {
    return this.facts.positionTable;
  }

  get windowTraits(): WindowTraits {
    return { ...this.config, takesPositions: this.graph.inputs.has('position_ids') };
  }

  get vocabulary(): number {
    return this.graph.vocabulary;
  }

  /** @throws ExplainError `selfCheck` when the graph returns other shapes than it should. */
  async run(pass: Pass): Promise<PassResult> {
    const attention = pass.attentionLayers.map((layer) => this.attentionOutputs[layer] ?? '');
    const present = pass.returnCache ? this.graph.present.flatMap(({ key, value }) => [key, value]) : [];
    const feeds = { ...textFeeds(this.graph.inputs, pass), ...pass.past };
    const outputs = await this.session.run(feeds, ['logits', ...present, ...attention]);
    const rows = pass.ids.length;
    const keys = pass.pastLength + rows;
    const { queryHeads, keyValueHeads, headSize } = this.cacheShape;
    const taken = (name: string, shape: readonly number[]): Tensor => required(outputs, name, shape);
    const logits = taken('logits', [1, rows, this.vocabulary]);
    return {
      logits: (row) => asFloat32(numbersOf(logits).slice(row * this.vocabulary, (row + 1) * this.vocabulary)),
      present: Object.fromEntries(present.map((name) => [name, taken(name, [1, keyValueHeads, keys, headSize])])),
      attention: attention.map((name) => taken(name, [1, queryHeads, rows, keys]).data as Float32Array),
    };
  }

  async dispose(): Promise<void> {
    await this.session.release();
  }
}

function required(outputs: InferenceSession.OnnxValueMapType, name: string, shape: readonly number[]): Tensor {
  const tensor = outputs[name];
  if (tensor?.dims.join() === shape.join()) return tensor;
  throw selfCheckFailure(`«${name}» is [${tensor?.dims.join(', ')}], not [${shape.join(', ')}].`);
}
