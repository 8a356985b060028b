import { expect, test } from 'vitest';
import { configSizes } from '../../../src/model/folder/configSizes.ts';

// As these models' own config.json on the hub.
test.each([
  ['GPT-2', { n_head: 12, n_embd: 768, n_positions: 1024, n_ctx: 1024 }, { heads: 12, headSize: 64, positions: 1024 }],
  [
    'GPT-Neo',
    {
      num_heads: 16,
      num_layers: 8,
      hidden_size: 64,
      max_position_embeddings: 2048,
      attention_layers: ['global', 'local'],
      window_size: 256,
    },
    { heads: 16, headSize: 4, positions: 2048, ownWindow: 256 },
  ],
  [
    'GPT-Neo, its layers by types',
    { num_heads: 16, attention_types: [[['global', 'local'], 4]], window_size: 256 },
    { heads: 16, ownWindow: 256 },
  ],
  [
    'Falcon 7B',
    {
      num_attention_heads: 71,
      hidden_size: 4544,
      multi_query: true,
      new_decoder_architecture: false,
      num_kv_heads: 71,
    },
    { heads: 71, keyValueHeads: 1, headSize: 64 },
  ],
  [
    'Falcon 40B',
    { num_attention_heads: 128, multi_query: true, new_decoder_architecture: true, num_kv_heads: 8 },
    { heads: 128, keyValueHeads: 8 },
  ],
  ['Falcon, as first published', { n_head: 128, n_layer: 60, n_head_kv: 8 }, { heads: 128, keyValueHeads: 8 }],
  [
    'MPT',
    { n_heads: 32, d_model: 4096, max_seq_len: 2048, model_type: 'mpt', attn_config: { kv_n_heads: 4, alibi: true } },
    { heads: 32, keyValueHeads: 4, headSize: 128, positions: 2048, alibi: true },
  ],
  [
    'BLOOM',
    { n_head: 16, n_embed: 1024, seq_length: 2048, model_type: 'bloom' },
    { heads: 16, headSize: 64, positions: 2048, alibi: true },
  ],
  [
    'XGLM',
    { attention_heads: 16, num_layers: 24, d_model: 1024, max_position_embeddings: 2048 },
    { heads: 16, headSize: 64, positions: 2048 },
  ],
  [
    'ChatGLM',
    {
      num_attention_heads: 32,
      kv_channels: 128,
      multi_query_attention: true,
      multi_query_group_num: 2,
      seq_length: 8192,
    },
    { heads: 32, keyValueHeads: 2, headSize: 128, positions: 8192 },
  ],
  [
    'RoBERTa',
    { model_type: 'roberta', num_attention_heads: 12, hidden_size: 768, max_position_embeddings: 514, pad_token_id: 1 },
    { heads: 12, headSize: 64, positions: 512 },
  ],
  [
    'a model of texts in one of images',
    { model_type: 'gemma3', text_config: { num_attention_heads: 8, head_dim: 256, sliding_window: 1024 } },
    { heads: 8, headSize: 256, ownWindow: 1024 },
  ],
  ['the shorter of two limits', { max_position_embeddings: 32768, seq_length: 8192 }, { positions: 8192 }],
  ['a window that is not used', { sliding_window: 4096, use_sliding_window: false }, {}],
  ['no sizes at all', { num_attention_heads: 'many', head_dim: -1, max_position_embeddings: 1e30 }, {}],
])('%s', (_, config, sizes) => {
  const nothing = { heads: undefined, keyValueHeads: undefined, headSize: undefined, positions: undefined };
  expect(configSizes(config)).toEqual({ ...nothing, ownWindow: undefined, alibi: false, ...sizes });
});
