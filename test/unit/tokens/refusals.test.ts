import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ModelTokenizer } from '../../../src/model/tokens/modelTokenizer.ts';
import { TokenEncoder } from '../../../src/model/tokens/tokenEncoder.ts';
import { ExplainError, type Failure } from '../../../src/protocol/failure.ts';
import { type Json, modelOf, readJson } from './tokenizers.ts';

const gpt2 = readJson('test/vectors/gpt2/tokenizer.json') as Json;
const config = readJson('test/vectors/gpt2/tokenizer_config.json') as Json;
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'explain-attention-tokens-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function write(name: string, content: unknown): Promise<void> {
  await writeFile(path.join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
}

async function load(tokenizer: unknown, tokenizerConfig: unknown = config): Promise<ModelTokenizer> {
  await write('tokenizer.json', tokenizer);
  await write('tokenizer_config.json', tokenizerConfig);
  return ModelTokenizer.load(folder);
}

/** Why something fails, in the words for the user. */
async function failureOf(work: Promise<unknown>): Promise<Failure> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ExplainError);
  return (error as ExplainError).failure;
}

const split = (pattern: Json): Json => ({ type: 'Split', pattern, behavior: 'Isolated', invert: false });
const template = (single: readonly Json[]): Json => ({
  ...gpt2,
  post_processor: { type: 'TemplateProcessing', single, pair: [], special_tokens: {} },
});
const text = { Sequence: { id: 'A', type_id: 0 } };
const trieBeyondTheEnd = Buffer.from([0, 1, 0, 0, 1, 2, 3, 4]).toString('base64');

describe('a tokenizer.json that cannot be used is named', () => {
  test.each<readonly [string, unknown, RegExp]>([
    ['is empty', '', /it is empty/],
    ['is cut off', JSON.stringify(gpt2).slice(0, 5000), /is not valid JSON/],
    ['is a list', [], /does not hold a JSON object/],
    ['is a text', '"tokenizer"', /does not hold a JSON object/],
    ['has no model', { ...gpt2, model: undefined }, /“model”/],
    ['has a number for a vocabulary', { ...gpt2, ...modelOf('test/vectors/gpt2', { vocab: 3 }) }, /“model.vocab”/],
    ['has texts for added tokens', { ...gpt2, added_tokens: ['<s>'] }, /“added_tokens.0”/],
    ['has a text for an id', { ...gpt2, ...modelOf('test/vectors/gpt2', { vocab: { a: 'one' } }) }, /is damaged/],
    ['has merges without tokens', { ...gpt2, ...modelOf('test/vectors/gpt2', { merges: ['ab cd'] }) }, /is damaged/],
    ['has a kind that is not known', { ...gpt2, normalizer: { type: 'Sideways' } }, /is damaged/],
    ['has a pattern that is none', { ...gpt2, pre_tokenizer: split({ Regex: '(a' }) }, /is damaged/],
    [
      'is nested too deep',
      `{"normalizer":${'['.repeat(20_000)}${']'.repeat(20_000)},"model":{"vocab":{}}}`,
      /is damaged/,
    ],
    ['cuts into pieces of nothing', { ...gpt2, pre_tokenizer: { type: 'FixedLength', length: 0 } }, /“FixedLength”/],
    [
      'replaces nothing',
      {
        ...gpt2,
        normalizer: { type: 'Sequence', normalizers: [{ type: 'Replace', pattern: { String: '' }, content: 'x' }] },
      },
      /“Replace”/,
    ],
    [
      'has a map that is none',
      { ...gpt2, normalizer: { type: 'Precompiled', precompiled_charsmap: trieBeyondTheEnd } },
      /“Precompiled”/,
    ],
    [
      'has merges without their prefix',
      { ...gpt2, ...modelOf('test/vectors/gpt2', { continuing_subword_prefix: '##' }) },
      /“continuing_subword_prefix”/,
    ],
    [
      'has half a million normalisers',
      { ...gpt2, normalizer: { normalizers: new Array(500_000).fill(null) } },
      /is damaged/,
    ],
    ['puts the text twice into its template', template([text, text]), /“post_processor”/],
    ['has a template without the text', template([]), /“post_processor”/],
    ['has a template with a token that it lacks', template([{ SpecialToken: { id: 'x' } }, text]), /“post_processor”/],
    ['has a text for a post-processor', { ...gpt2, post_processor: 'x' }, /“post_processor”/],
    ['has a post-processor that is not known', { ...gpt2, post_processor: { type: 'Sideways' } }, /“post_processor”/],
  ])('that %s', async (_, tokenizer, reason) => {
    const { code, message, advice } = await failureOf(load(tokenizer));
    expect(code).toBe('modelFile');
    expect(message).toMatch(reason);
    expect(message).toContain(path.join(folder, 'tokenizer.json'));
    expect(message.length + advice.length).toBeLessThan(folder.length + 220);
  });

  test('that is missing', async () => {
    await rm(path.join(folder, 'tokenizer.json'), { force: true });
    const { message } = await failureOf(ModelTokenizer.load(folder));
    expect(message).toBe(`The folder ${folder} holds no tokenizer.json.`);
  });

  test('that is too large', async () => {
    const file = await open(path.join(folder, 'tokenizer.json'), 'w');
    await file.truncate(2 ** 30);
    await file.close();
    expect((await failureOf(ModelTokenizer.load(folder))).message).toMatch(
      /tokenizer\.json cannot be read: it is larger/,
    );
    await rm(path.join(folder, 'tokenizer.json'));
  });
});

describe('a tokenizer_config.json', () => {
  test('may be missing', async () => {
    const expected = await new TokenEncoder(await load(gpt2)).encode('The cat sat');
    await rm(path.join(folder, 'tokenizer_config.json'));
    const encoder = new TokenEncoder(await ModelTokenizer.load(folder));
    expect(await encoder.encode('The cat sat')).toEqual(expected);
  });

  test.each<readonly [string, unknown]>([
    ['is cut off', '{"add_bos_token": tr'],
    ['is a list', []],
    ['has a text for a switch', { add_bos_token: 'yes' }],
    ['asks for a token that it does not name', { tokenizer_class: 'LlamaTokenizer', bos_token: null }],
    ['asks for a token that there is not', { tokenizer_class: 'LlamaTokenizerFast', bos_token: { content: '<s>' } }],
  ])('that %s is named', async (_, tokenizerConfig) => {
    const { message } = await failureOf(load(gpt2, tokenizerConfig));
    expect(message).toContain(path.join(folder, 'tokenizer_config.json'));
  });
});

test('both files may begin with a byte order mark', async () => {
  const tokenizer = await load(`\ufeff${JSON.stringify(gpt2)}`, `\ufeff${JSON.stringify(config)}`);
  expect((await new TokenEncoder(tokenizer).encode('The')).ids).toEqual([52, 258]);
});

test('what a tokenizer would cut off or pad is neither', async () => {
  const truncation = { direction: 'Right', max_length: 2, strategy: 'LongestFirst', stride: 0 };
  const padding = {
    strategy: { Fixed: 100 },
    direction: 'Right',
    pad_to_multiple_of: null,
    pad_id: 0,
    pad_type_id: 0,
    pad_token: 'x',
  };
  const tokenizer = await load({ ...gpt2, truncation, padding });
  expect((await new TokenEncoder(tokenizer).encode('The cat sat')).ids).toEqual([52, 258, 272, 269, 263, 269]);
});

test('a text that the vocabulary has no tokens for is refused without showing it', async () => {
  const model = { type: 'Unigram', unk_id: null, vocab: [['a', -1]], byte_fallback: false };
  const encoder = new TokenEncoder(await load({ ...gpt2, model, added_tokens: [], pre_tokenizer: null }));
  expect((await encoder.encode('aa')).ids).toEqual([0, 0]);
  const { message } = await failureOf(encoder.encode('secret'));
  expect(message).toBe(`The tokenizer in ${folder} has no tokens for a part of this text.`);
});
