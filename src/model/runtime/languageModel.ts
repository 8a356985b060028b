import { type AttentionPiece, PiecewiseAttention } from '../../attention/source.ts';
import { ExplainError } from '../../protocol/failure.ts';
import type { ModelDescription } from '../../protocol/model.ts';
import { countHeads, weightsOf } from './attentionWeights.ts';
import { cacheForm, emptyCache } from './cacheForm.ts';
import type { Tensors } from './kvCache.ts';
import { TokenTexts } from '../tokens/tokenTexts.ts';
import { GraphSession, nextTurn } from './graphSession.ts';
import { isReplaced, type ModelFile, modelFile } from '../folder/modelFile.ts';
import { type ModelConfig, readModelConfig } from '../folder/modelFolder.ts';
import type { RunShape } from '../longContext/memory.ts';
import { cacheEntry } from '../folder/cacheEntry.ts';
import { type TappedModel, tapModel } from '../graph/tapModel.ts';
import { requireFeedable } from '../graph/textInputs.ts';
import { ModelTokenizer } from '../tokens/modelTokenizer.ts';
import { TokenEncoder } from '../tokens/tokenEncoder.ts';

export interface LoadOptions {
  readonly modelFolder: string;
  /** Where what is measured of models is kept. */
  readonly cacheFolder: string;
  /** Threads within one operator. */
  readonly threads: number;
  /** Awaited once the tapped graph is made, before it is loaded into memory. */
  readonly onTapped: () => Promise<void>;
}

/**
 * Queries of a pass of a causal model: few enough to leave most of the zero half out, enough for fast matrix products.
 * Measured by bench/explain.ts.
 */
const CAUSAL_ROWS = 128;

/** A tapped model in memory, with its tokenizer. */
export class LanguageModel {
  private tokenTexts: TokenTexts | undefined;

  private constructor(
    readonly description: ModelDescription,
    readonly encoder: TokenEncoder,
    private readonly session: GraphSession,
    private readonly tapped: TappedModel,
    readonly config: ModelConfig,
    readonly tokenizer: ModelTokenizer,
    /** For what is measured of the model: a folder of the cache that belongs to this very state of its files. */
    readonly keptFolder: string,
    private readonly files: readonly ModelFile[],
  ) {}

  /** @throws ExplainError when the folder holds no model whose attention can be had. */
  static async load({ modelFolder, cacheFolder, threads, onTapped }: LoadOptions): Promise<LanguageModel> {
    const config = await readModelConfig(modelFolder);
    const tapped = await tapModel(modelFolder, 'attention');
    await onTapped();
    const tokenizer = await ModelTokenizer.load(modelFolder);
    const encoder = new TokenEncoder(tokenizer);
    const { session, description } = await openTapped(modelFolder, config, tapped, threads);
    const files = await filesOf(modelFolder, tapped);
    const keptFolder = await cacheEntry(cacheFolder, files, tapped.sidecar.bytes);
    return new LanguageModel(description, encoder, session, tapped, config, tokenizer, keptFolder, files);
  }

  /** Whether another model now stands in its folder. */
  isReplaced(): Promise<boolean> {
    return isReplaced(this.files);
  }

  /** What tokens say that are not in a text. */
  get texts(): TokenTexts {
    return (this.tokenTexts ??= new TokenTexts(this.tokenizer));
  }

  /** Most tokens that it has positions for; more than its context where positions are computed. */
  get mostPositions(): number {
    const isEndless = this.description.causal && this.tapped.positions === undefined;
    return isEndless ? Infinity : this.description.contextLength;
  }

  /**
   * Runs the model over a whole text: a causal model in passes of some rows, each seeing the ones before through the KV
   * cache, so that the half of every matrix that is zero by definition is mostly not computed.
   *
   * @param onPass told how many tokens went through
   * @returns attention weights [layers, heads, tokens, tokens] of the ids.
   * @throws ExplainError when the graph fails, or its weights have a form that is not supported; the signal's reason when
   * it is aborted.
   */
  async attention(
    ids: readonly number[],
    signal: AbortSignal,
    onPass: (done: number) => void = () => undefined,
    causalRowsPerPass = CAUSAL_ROWS,
  ): Promise<PiecewiseAttention> {
    const { heads } = this.description;
    const rowsPerPass = this.runsInPasses ? causalRowsPerPass : ids.length;
    const pieces: AttentionPiece[] = [];
    let past = emptyCache(this.session, this.config);
    for (let start = 0; start < ids.length; start += rowsPerPass) {
      await nextTurn(signal);
      const end = Math.min(start + rowsPerPass, ids.length);
      const positions = Array.from({ length: end - start }, (_, row) => start + row);
      const text = this.session.textFeeds({ ids: ids.slice(start, end), positions, pastLength: start });
      const outputs = await this.session.run({ ...text, ...past });
      const layers = this.tapped.attentionOutputs.map((name) => weightsOf(outputs[name], heads, end - start, end));
      pieces.push({ rows: { start, end }, keys: end, layers });
      past = pastOf(outputs);
      onPass(end);
    }
    return new PiecewiseAttention(pieces, heads);
  }

  /** Queries that go through at once, of so many. */
  rowsPerPass(tokens: number): number {
    return this.runsInPasses ? Math.min(CAUSAL_ROWS, tokens) : tokens;
  }

  private get runsInPasses(): boolean {
    const returnsCache = [...this.session.outputs.keys()].some((name) => name.startsWith('present.'));
    return returnsCache && mayRunInPasses(this.description, this.tapped);
  }

  /** What the memory of a run follows from, beside how exactly it is kept. */
  get runShape(): Omit<RunShape, 'precision'> {
    const { layers, heads, keyValueHeads } = this.description;
    const headSize = this.runsInPasses ? cacheForm(this.session, this.config)?.headSize : undefined;
    return { layers, heads, keyValueHeads, headSize };
  }

  async dispose(): Promise<void> {
    await this.session.release();
  }
}

/** What a model's numbers follow from. */
export async function filesOf(modelFolder: string, { files }: TappedModel): Promise<readonly ModelFile[]> {
  const others = ['config.json', 'tokenizer.json', 'tokenizer_config.json'];
  const found = await Promise.all(others.map((name) => modelFile(modelFolder, name)));
  return [...files, ...found.filter((file) => file !== undefined)];
}

/** Keys and values that a pass returned, under the names by which the next one takes them. */
function pastOf(outputs: Tensors): Tensors {
  const present = Object.entries(outputs).filter(([name]) => name.startsWith('present.'));
  return Object.fromEntries(present.map(([name, tensor]) => [name.replace('present', 'past_key_values'), tensor]));
}

/** Whether a text may be cut into passes without changing what the model says of it. */
export function mayRunInPasses(
  { causal }: Pick<ModelDescription, 'causal'>,
  { passDependence }: Pick<TappedModel, 'passDependence'>,
): boolean {
  return causal && passDependence === undefined;
}

export function selfCheckFailure(detail: string): ExplainError {
  return new ExplainError({
    code: 'selfCheck',
    message: `What was read out of the model is not its attention: ${detail}`,
    advice: 'Nothing is shown, because it could be wrong. Choose another model or another export of this one.',
  });
}

/** Loads a tapped graph, and describes the model as the graph shows it. */
export async function openTapped(
  folder: string,
  config: ModelConfig,
  tapped: TappedModel,
  threads: number,
): Promise<{ readonly session: GraphSession; readonly description: ModelDescription }> {
  requireFeedable(tapped.inputs, config.name);
  const session = await GraphSession.openModel(tapped.sidecar, threads, config.name);
  try {
    const heads = await countHeads(session, tapped.attentionOutputs, emptyCache(session, config));
    const stated = cacheForm(session, config)?.keyValueHeads ?? config.keyValueHeads ?? heads;
    const keyValueHeads = heads % stated === 0 ? stated : heads;
    return { session, description: describe(folder, config, tapped, { heads, keyValueHeads }) };
  } catch (error) {
    await session.release();
    throw error;
  }
}

function describe(
  folder: string,
  config: ModelConfig,
  tapped: TappedModel,
  heads: Pick<ModelDescription, 'heads' | 'keyValueHeads'>,
): ModelDescription {
  return {
    folder,
    name: config.name,
    architecture: config.architecture,
    storage: tapped.storage,
    compute: tapped.compute,
    layers: tapped.layers.length,
    ...heads,
    contextLength: Math.min(config.contextLength, tapped.positions ?? Infinity),
    causal: tapped.causal ?? config.causal,
    tap: tapped.layers,
  };
}
