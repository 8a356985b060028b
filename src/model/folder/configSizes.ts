/** Sizes that config.json states; `undefined`: it says nothing of that. */
export interface ConfigSizes {
  readonly heads: number | undefined;
  /** Heads that hold keys and values, where these are fewer. */
  readonly keyValueHeads: number | undefined;
  readonly headSize: number | undefined;
  /** Positions that the model was made for. */
  readonly positions: number | undefined;
  /** Positions that the model's own sliding window spans, if it has one in any layer. */
  readonly ownWindow: number | undefined;
  /** Whether distances change the scores, instead of positions the embeddings. */
  readonly alibi: boolean;
}

/** The names by which architectures state the same size; of several, the first that is given counts. */
const spellings = {
  heads: ['num_attention_heads', 'n_head', 'n_heads', 'num_heads', 'attention_heads', 'encoder_attention_heads'],
  keyValueHeads: ['num_key_value_heads', 'num_kv_heads', 'n_head_kv', 'n_kv_heads', 'kv_n_heads', 'num_query_groups'],
  headSize: ['head_dim', 'd_kv', 'd_head', 'kv_channels'],
  hiddenSize: ['hidden_size', 'n_embd', 'd_model', 'dim', 'n_embed'],
} as const;

/** All that are given are limits. */
const positionSpellings = [
  ...['max_position_embeddings', 'n_positions', 'n_ctx', 'max_seq_len', 'max_seq_length', 'max_sequence_length'],
  ...['seq_length', 'seq_len', 'context_length', 'block_size'],
];

/** Where a configuration keeps what it says of its text model, or of its attention. */
const nested = ['text_config', 'language_config', 'llm_config', 'attn_config', 'attention_config'];

/** Architectures whose positions are counted from the padding id + 1, which takes these places from the context. */
const positionsAfterPadding = new Set(['roberta', 'xlm-roberta', 'camembert', 'xlm-roberta-xl']);
const alibiArchitectures = new Set(['bloom', 'mpt']);

/** Reads sizes by what they mean, whichever architecture names them. What is not a size there is passed over. */
export function configSizes(config: Readonly<Record<string, unknown>>): ConfigSizes {
  const said = flattened(config);
  const first = (names: readonly string[]): number | undefined => names.map((name) => count(said[name])).find(Boolean);
  const heads = first(spellings.heads);
  const hiddenSize = first(spellings.hiddenSize);
  const positions = positionSpellings.map((name) => count(said[name])).filter((limit) => limit !== undefined);
  const taken = positionsAfterPadding.has(String(config['model_type'])) ? (index(said['pad_token_id']) ?? 0) + 1 : 0;
  return {
    heads,
    keyValueHeads: keyValueHeads(said, first(spellings.keyValueHeads)),
    headSize: first(spellings.headSize) ?? (heads && hiddenSize && count(hiddenSize / heads)),
    positions: positions.length > 0 ? Math.min(...positions) - taken : undefined,
    ownWindow: ownWindow(said),
    alibi: said['alibi'] === true || alibiArchitectures.has(String(config['model_type'])),
  };
}

/** What nested configurations say counts before what stands around them. */
function flattened(config: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const inner = nested.map((name) => config[name]).filter(isRecord);
  return Object.assign({}, config, ...inner.map(flattened)) as Readonly<Record<string, unknown>>;
}

/** Falcon states a number of key heads of which its older architecture uses only one. */
function keyValueHeads(said: Readonly<Record<string, unknown>>, stated: number | undefined): number | undefined {
  if (said['multi_query_attention'] === true) return count(said['multi_query_group_num']) ?? stated ?? 1;
  const isSingle = said['multi_query'] === true && said['new_decoder_architecture'] !== true;
  return count(said['num_key_value_heads']) ?? (isSingle ? 1 : stated);
}

function ownWindow(said: Readonly<Record<string, unknown>>): number | undefined {
  // GPT-Neo names the layers that have one.
  const layers = said['attention_layers'] ?? said['attention_types'];
  if (layers !== undefined) return JSON.stringify(layers).includes('"local"') ? count(said['window_size']) : undefined;
  const types = said['layer_types'];
  const isUsed = said['use_sliding_window'] ?? (Array.isArray(types) ? types.includes('sliding_attention') : true);
  return isUsed === true ? count(said['sliding_window']) : undefined;
}

/** A number of things; sizes beyond any model's are none. */
function count(value: unknown): number | undefined {
  const size = index(value);
  return size === 0 ? undefined : size;
}

function index(value: unknown): number | undefined {
  const isIndex = typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 2 ** 31;
  return isIndex ? value : undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
