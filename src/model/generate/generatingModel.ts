import type { Tensor } from 'onnxruntime-node';
import type { CostShape } from '../../attention/costs.ts';
import type { CacheShape } from '../../protocol/generation.ts';
import type { ModelDescription } from '../../protocol/model.ts';
import { weightsOf } from '../runtime/attentionWeights.ts';
import type { GraphSession, NewPositions } from '../runtime/graphSession.ts';
import { filesOf, type LoadOptions, openTapped, selfCheckFailure } from '../runtime/languageModel.ts';
import { isReplaced, type ModelFile } from '../folder/modelFile.ts';
import { type ModelConfig, readModelConfig } from '../folder/modelFolder.ts';
import { type TappedModel, tapModel } from '../graph/tapModel.ts';
import { ModelTokenizer } from '../tokens/modelTokenizer.ts';
import { TokenEncoder } from '../tokens/tokenEncoder.ts';
import type { WindowTraits } from './cachePolicy.ts';
import { type GenerationConfig, readGenerationConfig } from '../folder/generationConfig.ts';
import { readLinearWeights } from '../graph/linearWeights.ts';
import { asFloat32, numbersOf } from '../runtime/halfPrecision.ts';
import { cacheShape, graphInterface, type GraphInterface } from '../runtime/graphInterface.ts';
import type { Tensors } from '../runtime/kvCache.ts';
import { TokenTexts } from '../tokens/tokenTexts.ts';

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
  readonly sizes: ModelConfig;
  readonly config: GenerationConfig;
  readonly linearWeights: number;
  readonly tapped: TappedModel;
  readonly session: GraphSession;
  readonly graph: GraphInterface;
  readonly cacheShape: CacheShape;
  readonly files: readonly ModelFile[];
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

  private constructor(private readonly parts: Parts) {
    this.description = parts.description;
    this.encoder = new TokenEncoder(parts.tokenizer);
    this.texts = new TokenTexts(parts.tokenizer);
    this.config = parts.config;
    this.cacheShape = parts.cacheShape;
  }

  /** @throws ExplainError when the folder holds no model that continues text with a cache and shows its attention. */
  static async load({ modelFolder, threads, onTapped }: Omit<LoadOptions, 'cacheFolder'>): Promise<GeneratingModel> {
    const sizes = await readModelConfig(modelFolder);
    const tapped = await tapModel(modelFolder, 'logits');
    await onTapped();
    const config = await readGenerationConfig(modelFolder);
    const linearWeights = await readLinearWeights(modelFolder);
    const files = await filesOf(modelFolder, tapped);
    const tokenizer = await ModelTokenizer.load(modelFolder);
    const { session, description } = await openTapped(modelFolder, sizes, tapped, threads);
    try {
      const graph = graphInterface(session, sizes.name);
      const shape = cacheShape(session, graph, description, sizes);
      return new GeneratingModel({
        ...{ description, tokenizer, sizes, config, linearWeights, tapped, session, graph, cacheShape: shape, files },
      });
    } catch (error) {
      await session.release();
      throw error;
    }
  }

  /** Whether another model now stands in its folder. */
  isReplaced(): Promise<boolean> {
    return isReplaced(this.parts.files);
  }

  get costShape(): CostShape {
    return { ...this.cacheShape, linearWeights: this.parts.linearWeights };
  }

  get cacheNames(): GraphInterface {
    return this.parts.graph;
  }

  /** Positions that the graph holds; `undefined` where it computes them. */
  get positionTable(): number | undefined {
    return this.parts.tapped.positions;
  }

  /** Whether a text may be cut into passes without changing what the model says of it. */
  get mayRunInPasses(): boolean {
    return this.passDependence === undefined;
  }

  /** The operator whose outcome depends on what else is in a pass. */
  get passDependence(): string | undefined {
    return this.parts.tapped.passDependence;
  }

  get windowTraits(): WindowTraits {
    const { ownWindow, alibi } = this.parts.sizes;
    return { ownWindow, alibi, takesPositions: this.parts.graph.inputs.has('position_ids') };
  }

  get vocabulary(): number {
    return this.parts.graph.vocabulary;
  }

  /** @throws ExplainError `selfCheck` when the graph returns other shapes than it should. */
  async run(pass: Pass): Promise<PassResult> {
    const { session, graph, tapped } = this.parts;
    const attention = pass.attentionLayers.map((layer) => tapped.attentionOutputs[layer] ?? '');
    const present = pass.returnCache ? graph.present.flatMap(({ key, value }) => [key, value]) : [];
    const feeds = { ...session.textFeeds(pass), ...pass.past };
    const outputs = await session.run(feeds, ['logits', ...present, ...attention]);
    const rows = pass.ids.length;
    const keys = pass.pastLength + rows;
    const { queryHeads, keyValueHeads, headSize } = this.cacheShape;
    const taken = (name: string, shape: readonly number[]): Tensor => required(outputs, name, shape);
    const logits = taken('logits', [1, rows, this.vocabulary]);
    return {
      logits: (row) => asFloat32(numbersOf(logits).slice(row * this.vocabulary, (row + 1) * this.vocabulary)),
      present: Object.fromEntries(present.map((name) => [name, taken(name, [1, keyValueHeads, keys, headSize])])),
      attention: attention.map((name) => weightsOf(outputs[name], queryHeads, rows, keys)),
    };
  }

  async dispose(): Promise<void> {
    await this.parts.session.release();
  }
}

function required(outputs: Tensors, name: string, shape: readonly number[]): Tensor {
  const tensor = outputs[name];
  if (tensor?.dims.join() === shape.join()) return tensor;
  throw selfCheckFailure(`“${name}” is [${tensor?.dims.join(', ')}], not [${shape.join(', ')}].`);
}
