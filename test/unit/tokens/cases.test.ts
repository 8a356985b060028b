import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { TokenEncoder } from '../../../src/model/tokens/tokenEncoder.ts';
import { inText, type Json, readJson, tokenizerOf } from './tokenizers.ts';

/** [start, end) in UTF-16 units; `undefined` of a token that stands for no text. */
type Range = readonly [start: number, end: number] | undefined;

interface Case {
  readonly name: string;
  readonly folder: string;
  /** Parts of tokenizer.json to replace; `model` replaces fields of the model, null takes one away. */
  readonly changes?: Json & { readonly added_tokens?: readonly Json[]; readonly model?: Json };
  /** Its normaliser joins characters, of which Python gives only the first. */
  readonly joins: boolean;
  /** Spans are flat: start, end of each token. */
  readonly texts: readonly {
    readonly text: string;
    readonly ids: readonly number[];
    readonly spans: readonly number[];
  }[];
}

const { tokenizers, numbers, around } = readJson('test/vectors/tokenizers/cases.json') as {
  readonly tokenizers: readonly Case[];
  readonly numbers: {
    readonly folder: string;
    readonly text: string;
    readonly characters: string;
    readonly idsSha256: string;
  };
  readonly around: {
    readonly text: string;
    readonly rows: readonly { readonly folder: string; readonly set: Json; readonly ids: readonly number[] }[];
  };
};

test.each(tokenizers)('Python’s tokens of $name', async ({ folder, changes = {}, joins, texts }) => {
  const { added_tokens: added = [], model = {}, ...parts } = changes;
  const file = readJson(`${folder}/tokenizer.json`) as Json & { added_tokens: readonly Json[]; model: Json };
  const kept = Object.entries({ ...file.model, ...model }).filter(([key]) => model[key] !== null);
  const replaced = { ...parts, model: Object.fromEntries(kept), added_tokens: [...file.added_tokens, ...added] };
  const encoder = new TokenEncoder(tokenizerOf(folder, replaced));
  for (const { text, ids, spans } of texts) {
    const encoded = await encoder.encode(text);
    expect(encoded.ids, text).toEqual(ids);
    const theirs = ranges(spans);
    const ours = encoded.tokens.map(({ start, end }) => range(start, end));
    const wider = (one: Range): Range => (joins && one ? widened(text, one) : one);
    expect(grouped(ours.map(wider), theirs.map(wider)), text).toEqual(grouped(theirs.map(wider), theirs.map(wider)));
  }
});

test('Python’s tokens of every numeric character', async () => {
  const encoder = new TokenEncoder(tokenizerOf(numbers.folder));
  const ids: (readonly number[])[] = [];
  for (const character of numbers.characters) {
    ids.push((await encoder.encode(numbers.text.replace('{}', character))).ids);
  }
  expect(ids).toHaveLength(1781);
  expect(createHash('sha256').update(JSON.stringify(ids)).digest('hex')).toBe(numbers.idsSha256);
});

describe('Python’s special tokens around a text', () => {
  test.each(around.rows)('$folder as $set', async ({ folder, set, ids }) => {
    const encoder = new TokenEncoder(tokenizerOf(folder, {}, set));
    const encoded = await encoder.encode(around.text);
    expect(encoded.ids).toEqual(ids);
    const { before, after } = encoder.specialIds;
    expect([...before, ...inText(encoded.tokens).map(({ id }) => id), ...after]).toEqual(ids);
  });
});

function range(start: number, end: number): Range {
  return start < 0 ? undefined : [start, end];
}

function ranges(flat: readonly number[]): readonly Range[] {
  return Array.from({ length: flat.length / 2 }, (_, index) => range(flat[2 * index]!, flat[2 * index + 1]!));
}

/** The union of each run of tokens that overlap in `like`: what they share may belong to all of them, or to the first. */
function grouped(spans: readonly Range[], like: readonly Range[]): readonly Range[] {
  const runs: Range[] = [];
  let reached = 0;
  like.forEach((span, index) => {
    const [last, here] = [runs.at(-1), spans[index]];
    if (span && last && here && span[0] < reached) {
      runs[runs.length - 1] = [Math.min(last[0], here[0]), Math.max(last[1], here[1])];
    } else runs.push(here);
    reached = Math.max(reached, span?.[1] ?? 0);
  });
  return runs;
}

/** Widens a range to a character with the marks, jamo or half-width sound marks behind it. */
function widened(text: string, [start, end]: readonly [number, number]): Range {
  const isInside = (at: number): boolean =>
    at > 0 && /^[\p{M}\u1160-\u11ff\u3131-\u318e\uff9e\uff9f\uffa0-\uffdc]/u.test(text.slice(at));
  let [first, last] = [start, end];
  while (isInside(first)) first--;
  while (isInside(last)) last++;
  return [first, last];
}
