import './withoutFloat16Array.ts';
import {
  AutoModel,
  AutoModelForCausalLM,
  DynamicCache,
  env,
  type PreTrainedModel,
  type PreTrainedTokenizer,
  Tensor,
} from '@huggingface/transformers';
import { type AttentionPiece, PiecewiseAttention } from '../attention/source.ts';
import { ExplainError } from '../protocol/failure.ts';
import type { ModelDescription } from '../protocol/model.ts';
import type { TokenRange } from '../protocol/run.ts';
import type { InferenceSession } from 'onnxruntime-node';
import { readGenerationConfig } from './generation/generationConfig.ts';
import { hasPositionTable } from './generation/graphFacts.ts';
import { TokenTexts } from './generation/tokenTexts.ts';
import { nextTurn } from './graphSession.ts';
import { type ModelConfig, readModelConfig } from './modelFolder.ts';
import type { RunShape } from './map/memory.ts';
import { sessionOptions } from './sessionOptions.ts';
import { type TappedModel, tapModel } from './tap/tapModel.ts';
import { loadTokenizer, TokenEncoder } from './tokens/tokenEncoder.ts';

export interface LoadOptions {
  readonly modelFolder: string;
  /** Where tapped copies of models are kept. */
  readonly cacheFolder: string;
  /** Threads within one operator. */
  readonly threads: number;
  /** Awaited once the tapped file is written, before it is loaded into memory. */
  readonly onTapped: () => Promise<void>;
}

// The model comes from a folder, always: nothing here may reach for the network.
env.allowRemoteModels = false;
env.useFSCache = false;

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
    private readonly model: PreTrainedModel,
    private readonly attentionOutputs: readonly string[],
    /** A folder of the cache that belongs to this very state of the model's files. */
    readonly tappedFolder: string,
    private readonly tokenizer: PreTrainedTokenizer,
    /** Most tokens that it has positions for; more than its context where positions are computed. */
    readonly mostPositions: number,
    private readonly configuredHeadSize: number | undefined,
  ) {}

  /** @throws ExplainError when the folder holds no model whose attention can be had. */
  static async load({ modelFolder, cacheFolder, threads, onTapped }: LoadOptions): Promise<LanguageModel> {
    const config = await readModelConfig(modelFolder);
    const tapped = await tapModel({ modelFolder, cacheFolder, keep: 'attention' });
    await onTapped();
    const tokenizer = await loadTokenizer(modelFolder);
    const encoder = new TokenEncoder(tokenizer);
    const model = await loadTapped(config, tapped, threads);
    const description = describe(modelFolder, config, tapped);
    const isEndless = description.causal && !(await hasPositionTable(modelFolder, config.contextLength));
    const { headSize } = await readGenerationConfig(modelFolder);
    return new LanguageModel(
      description,
      encoder,
      model,
      tapped.attentionOutputs,
      tapped.folder,
      tokenizer,
      isEndless ? Infinity : config.contextLength,
      headSize,
    );
  }

  /** What tokens say that are not in a text. */
  get texts(): TokenTexts {
    return (this.tokenTexts ??= new TokenTexts(this.tokenizer));
  }

  /**
   * Runs the model over a whole text: a causal model in passes of some rows, each seeing the ones before through the KV
   * cache, so that the half of every matrix that is zero by definition is mostly not computed.
   *
   * @param onPass told how many tokens went through
   * @returns attention weights [layers, heads, tokens, tokens] of the ids.
   * @throws ExplainError `selfCheck` when the graph's heads or layers are not what config.json says; the signal's reason
   * when it is aborted.
   */
  async attention(
    ids: readonly number[],
    signal: AbortSignal,
    onPass: (done: number) => void = () => undefined,
    causalRowsPerPass = CAUSAL_ROWS,
  ): Promise<PiecewiseAttention> {
    const rowsPerPass = this.runsInPasses ? causalRowsPerPass : ids.length;
    const pieces: AttentionPiece[] = [];
    let past: DynamicCache | undefined;
    for (let start = 0; start < ids.length; start += rowsPerPass) {
      await nextTurn(signal);
      const rows = { start, end: Math.min(start + rowsPerPass, ids.length) };
      const outputs = await this.pass(ids, rows, past);
      pieces.push({ rows, keys: rows.end, layers: this.weightsOf(outputs, rows) });
      past = new DynamicCache(cacheEntries(outputs));
      onPass(rows.end);
    }
    return new PiecewiseAttention(pieces, this.description.heads);
  }

  private get session(): InferenceSession | undefined {
    return this.model.sessions['model'] as InferenceSession | undefined;
  }

  /** Queries that go through at once, of so many. */
  rowsPerPass(tokens: number): number {
    return this.runsInPasses ? Math.min(CAUSAL_ROWS, tokens) : tokens;
  }

  private get runsInPasses(): boolean {
    const returnsCache = this.session?.outputNames.some((name) => name.startsWith('present.')) ?? false;
    return returnsCache && mayRunInPasses(this.description);
  }

  /** What the memory of a run follows from, beside how exactly it is kept. */
  get runShape(): Omit<RunShape, 'precision'> {
    const { layers, heads, keyValueHeads } = this.description;
    const key = this.session?.inputMetadata.find(({ name }) => name === 'past_key_values.0.key');
    const isFloat = key?.isTensor === true && (key.type === 'float32' || key.type === 'float16');
    const size = isFloat ? key.shape.at(-1) : undefined;
    const headSize = typeof size === 'number' && size > 0 ? size : this.configuredHeadSize;
    return { layers, heads, keyValueHeads, headSize: isFloat && this.runsInPasses ? headSize : undefined };
  }

  private pass(ids: readonly number[], rows: TokenRange, past: DynamicCache | undefined): Promise<Outputs> {
    const integers = (values: readonly number[]): Tensor =>
      new Tensor('int64', BigInt64Array.from(values, BigInt), [1, values.length]);
    return this.model({
      input_ids: integers(ids.slice(rows.start, rows.end)),
      attention_mask: integers(new Array<number>(rows.end).fill(1)),
      token_type_ids: integers(new Array<number>(rows.end - rows.start).fill(0)),
      past_key_values: past,
    }) as Promise<Outputs>;
  }

  private weightsOf(outputs: Outputs, rows: TokenRange): readonly Float32Array[] {
    const { layers, heads } = this.description;
    const expected = [1, heads, rows.end - rows.start, rows.end];
    if (this.attentionOutputs.length !== layers) {
      throw selfCheckFailure(
        `${this.attentionOutputs.length} layers with attention were found, but config.json says ${layers}.`,
      );
    }
    return this.attentionOutputs.map((name) => {
      const tensor = outputs[name];
      if (tensor?.type !== 'float32' || tensor.dims.join() !== expected.join()) {
        throw selfCheckFailure(
          `«${name}» is ${tensor?.type} [${tensor?.dims.join(', ')}], not [${expected.join(', ')}].`,
        );
      }
      return tensor.data as Float32Array;
    });
  }

  async dispose(): Promise<void> {
    await this.model.dispose();
  }
}

/** What a pass returns, by the names of the graph's outputs. */
type Outputs = Readonly<Record<string, Tensor>>;

/** Keys and values that a pass returned, under the names by which the next one takes them. */
function cacheEntries(outputs: Outputs): Record<string, Tensor> {
  const present = Object.entries(outputs).filter(([name]) => name.startsWith('present.'));
  return Object.fromEntries(present.map(([name, tensor]) => [name.replace('present', 'past_key_values'), tensor]));
}

/** Dynamic quantisation scales a pass by its own numbers: cut into passes, such a model would say something else. */
export function mayRunInPasses({ causal, storage }: ModelDescription): boolean {
  return causal && !storage.startsWith('int');
}

export function selfCheckFailure(detail: string): ExplainError {
  return new ExplainError({
    code: 'selfCheck',
    message: `What was read out of the model is not its attention: ${detail}`,
    advice: 'Nothing is shown, because it could be wrong. Choose another model or another export of this one.',
  });
}

async function loadTapped(config: ModelConfig, tapped: TappedModel, threads: number): Promise<PreTrainedModel> {
  const autoClass = isCausal(config, tapped) ? AutoModelForCausalLM : AutoModel;
  try {
    return await autoClass.from_pretrained(tapped.folder, {
      local_files_only: true,
      model_file_name: tapped.fileName,
      dtype: 'fp32',
      device: 'cpu',
      session_options: sessionOptions(threads),
    });
  } catch (cause) {
    const message = `The model «${config.name}» cannot be loaded: ${cause instanceof Error ? cause.message : String(cause)}`;
    const advice = 'Check that its files are complete, or choose another model.';
    throw new ExplainError({ code: 'modelFile', message, advice }, { cause });
  }
}

function isCausal(config: ModelConfig, tapped: TappedModel): boolean {
  return tapped.causal ?? config.causal;
}

export function describe(folder: string, config: ModelConfig, tapped: TappedModel): ModelDescription {
  return {
    folder,
    name: config.name,
    architecture: config.architecture,
    storage: tapped.storage,
    compute: tapped.compute,
    layers: config.layers,
    heads: config.heads,
    keyValueHeads: config.keyValueHeads,
    contextLength: config.contextLength,
    causal: isCausal(config, tapped),
    tap: tapped.layers,
  };
}
