import { AutoModel, AutoModelForCausalLM, env, type PreTrainedModel, Tensor } from '@huggingface/transformers';
import { DenseAttention } from '../attention/source.ts';
import { ExplainError } from '../protocol/failure.ts';
import type { ModelDescription } from '../protocol/model.ts';
import { type ModelConfig, readModelConfig } from './modelFolder.ts';
import { type TappedModel, tapModel } from './tap/tapModel.ts';
import { TokenEncoder } from './tokens/tokenEncoder.ts';

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

/** A tapped model in memory, with its tokenizer. */
export class LanguageModel {
  private constructor(
    readonly description: ModelDescription,
    readonly encoder: TokenEncoder,
    private readonly model: PreTrainedModel,
    private readonly attentionOutputs: readonly string[],
  ) {}

  /** @throws ExplainError when the folder holds no model whose attention can be had. */
  static async load({ modelFolder, cacheFolder, threads, onTapped }: LoadOptions): Promise<LanguageModel> {
    const config = await readModelConfig(modelFolder);
    const tapped = await tapModel({ modelFolder, cacheFolder, keep: 'attention' });
    await onTapped();
    const encoder = await TokenEncoder.load(modelFolder);
    const model = await loadTapped(config, tapped, threads);
    return new LanguageModel(describe(modelFolder, config, tapped), encoder, model, tapped.attentionOutputs);
  }

  /**
   * Runs the model once over a whole text.
   *
   * @returns attention weights [layers, heads, tokens, tokens] of the ids.
   * @throws ExplainError `selfCheck` when the graph's heads or layers are not what config.json says.
   */
  async attention(ids: readonly number[]): Promise<DenseAttention> {
    const shape = [1, ids.length];
    const outputs: Readonly<Record<string, Tensor>> = await this.model({
      input_ids: new Tensor('int64', BigInt64Array.from(ids, BigInt), shape),
      attention_mask: new Tensor('int64', new BigInt64Array(ids.length).fill(1n), shape),
      token_type_ids: new Tensor('int64', new BigInt64Array(ids.length), shape),
    });
    const { layers, heads } = this.description;
    const weights = this.attentionOutputs.map((name) => {
      const tensor = outputs[name];
      const expected = [1, heads, ids.length, ids.length];
      if (tensor?.type !== 'float32' || tensor.dims.join() !== expected.join()) {
        throw selfCheckFailure(
          `«${name}» is ${tensor?.type} [${tensor?.dims.join(', ')}], not [${expected.join(', ')}].`,
        );
      }
      return tensor.data as Float32Array;
    });
    if (weights.length !== layers) {
      throw selfCheckFailure(`${weights.length} layers with attention were found, but config.json says ${layers}.`);
    }
    return new DenseAttention(weights, heads, ids.length);
  }

  async dispose(): Promise<void> {
    await this.model.dispose();
  }
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
      session_options: { intraOpNumThreads: threads, interOpNumThreads: 1 },
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
