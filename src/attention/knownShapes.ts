import type { CacheGrowth, CostShape } from './costs.ts';

/** A well-known model, as its published configuration says. */
export interface KnownShape extends CacheGrowth, CostShape {
  readonly name: string;
  /** The configuration that the numbers were taken from. */
  readonly source: string;
}

type Heads = Omit<CostShape, 'linearWeights'> & CacheGrowth;

/** What the configuration says of matrices, beside the heads. */
interface Widths {
  readonly hiddenSize: number;
  readonly feedForwardSize: number;
  /** 2: up and down; 3: with a gate. */
  readonly feedForwardMatrices: 2 | 3;
  readonly vocabulary: number;
}

export const knownShapes: readonly KnownShape[] = [
  known(
    'GPT-2 small',
    'openai-community/gpt2',
    { layers: 12, queryHeads: 12, keyValueHeads: 12, headSize: 64 },
    { hiddenSize: 768, feedForwardSize: 3072, feedForwardMatrices: 2, vocabulary: 50_257 },
  ),
  known(
    'GPT-2 XL',
    'openai-community/gpt2-xl',
    { layers: 48, queryHeads: 25, keyValueHeads: 25, headSize: 64 },
    { hiddenSize: 1600, feedForwardSize: 6400, feedForwardMatrices: 2, vocabulary: 50_257 },
  ),
  known(
    'Llama 2 7B',
    'meta-llama/Llama-2-7b-hf',
    { layers: 32, queryHeads: 32, keyValueHeads: 32, headSize: 128 },
    { hiddenSize: 4096, feedForwardSize: 11_008, feedForwardMatrices: 3, vocabulary: 32_000 },
  ),
  known(
    'Llama 3 8B',
    'meta-llama/Meta-Llama-3-8B',
    { layers: 32, queryHeads: 32, keyValueHeads: 8, headSize: 128 },
    { hiddenSize: 4096, feedForwardSize: 14_336, feedForwardMatrices: 3, vocabulary: 128_256 },
  ),
  known(
    'Mistral 7B',
    'mistralai/Mistral-7B-v0.1',
    { layers: 32, queryHeads: 32, keyValueHeads: 8, headSize: 128 },
    { hiddenSize: 4096, feedForwardSize: 14_336, feedForwardMatrices: 3, vocabulary: 32_000 },
  ),
  known(
    'Qwen2.5 7B',
    'Qwen/Qwen2.5-7B',
    { layers: 28, queryHeads: 28, keyValueHeads: 4, headSize: 128 },
    { hiddenSize: 3584, feedForwardSize: 18_944, feedForwardMatrices: 3, vocabulary: 152_064 },
  ),
];

/** Lengths at which growth is shown, in positions. */
export const growthLengths: readonly number[] = [4096, 32_768, 131_072];

function known(name: string, repository: string, heads: Heads, widths: Widths): KnownShape {
  const source = `https://huggingface.co/${repository}/blob/main/config.json`;
  return { name, ...heads, linearWeights: linearWeightsOf(heads, widths), source };
}

/**
 * Numbers in the matrices of all layers (query, key, value and output projections, feed-forward) and of the output head.
 * The table of embeddings is looked up, not multiplied.
 */
function linearWeightsOf(
  heads: Heads,
  { hiddenSize, feedForwardSize, feedForwardMatrices, vocabulary }: Widths,
): number {
  const projections = hiddenSize * heads.headSize * (2 * heads.queryHeads + 2 * heads.keyValueHeads);
  const feedForward = feedForwardMatrices * hiddenSize * feedForwardSize;
  return heads.layers * (projections + feedForward) + hiddenSize * vocabulary;
}
