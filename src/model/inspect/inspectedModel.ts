import { Tensor } from 'onnxruntime-node';
import type { CacheShape } from '../../protocol/generation.ts';
import type { ModelDescription } from '../../protocol/model.ts';
import { cacheShape, graphInterface, type GraphInterface } from '../runtime/graphInterface.ts';
import { asFloat32, numbersOf } from '../runtime/halfPrecision.ts';
import { KvCache, type Tensors } from '../runtime/kvCache.ts';
import { GraphSession, type NewPositions } from '../runtime/graphSession.ts';
import { type LanguageModel, mayRunInPasses } from '../runtime/languageModel.ts';
import type { LayerFacts } from '../graph/layerFacts.ts';
import { type InspectedGraph, tapForInspection } from '../graph/tapModel.ts';
import { HeadProjection } from './headProjection.ts';

/** One pass of new positions over what is cached, with what is wanted of it. */
export interface InspectedPass extends NewPositions {
  /** Keys and values of earlier positions, by the names of the graph's inputs. */
  readonly past: Tensors;
  /** What the weights of each layer are multiplied by; nothing is taken away by default. */
  readonly gates?: readonly Tensor[];
  /** Tensors of the layers' facts. */
  readonly tensors?: readonly string[];
  readonly wantsLogits?: boolean;
  readonly wantsCache?: boolean;
}

export interface InspectedResult {
  /** The wanted tensors by their names in the graph, flat. */
  readonly tensors: ReadonlyMap<string, Float32Array>;
  /** [new positions, vocabulary]; empty unless wanted. */
  readonly logits: Float32Array;
  /** The cache grown by the new positions, by the names of the graph's outputs; empty unless wanted. */
  readonly present: Tensors;
}

/** The whole cache of a model: names and shape. */
interface Cache {
  readonly graph: GraphInterface;
  readonly shape: CacheShape;
}

export const openGate = new Tensor('float32', [1], [1, 1, 1, 1]);

/** Most bytes of output projections that are kept; of larger models one layer at a time is read. */
const mostProjectionBytes = 256 * 2 ** 20;

/** A model in memory whose graph hands out every tensor of its attention. */
export class InspectedModel {
  private projections = new Map<number, HeadProjection>();

  private constructor(
    readonly description: ModelDescription,
    private readonly session: GraphSession,
    private readonly graph: InspectedGraph,
    private readonly cache: Cache | undefined,
  ) {}

  /** @throws ExplainError when the graph doesn't show the steps of its attention. */
  static async load(
    { description, config }: Pick<LanguageModel, 'description' | 'config'>,
    { threads }: { readonly threads: number },
  ): Promise<InspectedModel> {
    const { folder: modelFolder, name } = description;
    const graph = await tapForInspection(modelFolder);
    const session = await GraphSession.openModel(graph.sidecar, threads, name);
    try {
      const hasCache = [...session.inputs.keys()].some((input) => input.startsWith('past_key_values'));
      const interfaceOf = hasCache ? graphInterface(session, name, graph.gates) : undefined;
      const cache = interfaceOf && {
        graph: interfaceOf,
        shape: cacheShape(session, interfaceOf, description, config),
      };
      return new InspectedModel(description, session, graph, cache);
    } catch (error) {
      await session.release();
      throw error;
    }
  }

  get facts(): readonly LayerFacts[] {
    return this.graph.facts;
  }

  /** Whether its logits say what comes next. */
  get predictsNextToken(): boolean {
    return this.description.causal && this.session.outputs.has('logits');
  }

  /** An empty cache, for models that may run a text in passes; `undefined` for those that must run it whole. */
  newCache(): KvCache | undefined {
    return this.cache && mayRunInPasses(this.description, this.graph)
      ? new KvCache(this.cache.shape, this.cache.graph)
      : undefined;
  }

  /** Bytes that the keys and values of a position take. */
  get bytesPerPosition(): number {
    return this.cache?.shape.bytesPerPosition ?? 0;
  }

  get vocabulary(): number {
    return this.cache?.graph.vocabulary ?? 0;
  }

  /** The past of a first position. */
  get emptyPast(): Tensors {
    return this.cache ? new KvCache(this.cache.shape, this.cache.graph).past() : {};
  }

  /** What a pass returned of the cache, as the next one takes it. */
  asPast(present: Tensors): Tensors {
    const { graph } = this.cache!;
    const names = graph.past.flatMap(({ key, value }, layer) => [
      [key, graph.present[layer]!.key] as const,
      [value, graph.present[layer]!.value] as const,
    ]);
    return Object.fromEntries(names.map(([input, output]) => [input, present[output]!]));
  }

  async run(pass: InspectedPass): Promise<InspectedResult> {
    const { tensors = [], wantsLogits = false, wantsCache = false } = pass;
    const feeds: Record<string, Tensor> = { ...this.session.textFeeds(pass), ...pass.past };
    this.graph.gates.forEach((name, layer) => (feeds[name] = pass.gates?.[layer] ?? openGate));
    const named = [...new Set(tensors)].map((tensor) => [tensor, this.graph.outputs.get(tensor) ?? tensor] as const);
    const layers = wantsCache ? (this.cache?.graph.present ?? []) : [];
    const present = layers.flatMap(({ key, value }) => [key, value]);
    const fetches = new Set([...named.map(([, output]) => output), ...(wantsLogits ? ['logits'] : []), ...present]);
    const outputs = await this.session.run(feeds, [...fetches]);
    return {
      tensors: new Map(named.map(([tensor, output]) => [tensor, asFloat32(numbersOf(outputs[output]!))])),
      logits: wantsLogits ? asFloat32(numbersOf(outputs['logits']!)) : new Float32Array(),
      present: Object.fromEntries(present.map((name) => [name, outputs[name]!])),
    };
  }

  /**
   * W_O of a layer by its heads; `undefined` where the graph hides it.
   *
   * @param id any token: the matrix comes out of a pass over it.
   */
  async projection(layer: number, id: number): Promise<HeadProjection | undefined> {
    const known = this.projections.get(layer);
    if (known || !this.facts[layer]?.projection) return known;
    // The first layer read tells how large all are.
    const first = await this.readProjections([layer], id);
    const keepsAll = (first.get(layer)?.bytes ?? 0) * this.facts.length <= mostProjectionBytes;
    this.projections = keepsAll ? await this.readProjections([...this.facts.keys()], id) : first;
    return this.projections.get(layer);
  }

  async dispose(): Promise<void> {
    await this.session.release();
  }

  private async readProjections(layers: readonly number[], id: number) {
    const shown = layers.flatMap((layer) => {
      const { output, projection } = this.facts[layer]!;
      return projection ? [{ layer, output, projection }] : [];
    });
    const { tensors } = await this.run({
      ids: [id],
      positions: [0],
      pastLength: 0,
      past: this.emptyPast,
      tensors: shown.flatMap(({ output, projection }) => [output, projection.tensor]),
    });
    return new Map(
      shown.map(({ layer, output, projection }) => {
        const rows = tensors.get(output)!.length;
        const matrix = tensors.get(projection.tensor)!;
        return [layer, new HeadProjection(matrix, this.description.heads, rows, projection.isTransposed)] as const;
      }),
    );
  }
}
