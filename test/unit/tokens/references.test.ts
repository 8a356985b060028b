import { describe, expect, test } from 'vitest';
import { TokenEncoder } from '../../../src/model/tokens/tokenEncoder.ts';
import { inText, readJson, tokenizerOf } from './tokenizers.ts';

type Range = readonly [start: number, end: number];

interface Reference {
  readonly text: string;
  readonly input_ids: readonly number[];
  /** 1: added by the tokenizer. */
  readonly special: readonly number[];
  readonly offsets_utf16: readonly Range[];
}

const hardTexts = readJson('test/vectors/tokens.json') as Readonly<Record<string, readonly Reference[]>>;
const holdsSpecialToken = /<s>|<\|endoftext\|>/;

/** Python gives only the first of the characters that a normaliser joins. */
const joinedToTheFirst = /^[\p{M}\u1160-\u11ff\uff9e\uff9f]*$/u;

describe.each(Object.keys(hardTexts))('%s', (name) => {
  const encoder = new TokenEncoder(tokenizerOf(`test/vectors/${name}`));
  const { texts } = readJson(`test/vectors/${name}/reference.json`) as { readonly texts: readonly Reference[] };
  const references = [...texts, ...(hardTexts[name] ?? [])].filter(({ text }) => !holdsSpecialToken.test(text));

  test.each(references)(
    'Python’s tokens of $text',
    async ({ text, input_ids: ids, special, offsets_utf16: offsets }) => {
      const encoded = await encoder.encode(text);
      expect(encoded.ids).toEqual(ids);
      expect(encoded.tokens.map(({ start }) => (start < 0 ? 1 : 0))).toEqual(special);
      const theirs = offsets.filter((_, index) => special[index] === 0);
      const ours = inText(encoded.tokens).map(({ start, end }): Range => [start, end]);
      for (const [first, last] of groupsThatShare(theirs)) {
        const [start, end] = union(theirs.slice(first, last));
        const [ourStart, ourEnd] = union(ours.slice(first, last));
        const blank = name === 'roberta' ? text.slice(ourStart, start) : '';
        expect([ourStart + blank.length, blank.trim()]).toEqual([start, '']);
        expect(ourEnd).toBeGreaterThanOrEqual(end);
        expect(text.slice(end, ourEnd)).toMatch(joinedToTheFirst);
      }
    },
  );
});

/** Ranges [first, last) of tokens whose offsets overlap: Python gives a shared character to all of its tokens. */
function groupsThatShare(offsets: readonly Range[]): readonly Range[] {
  const starts = offsets.flatMap(([start], index) => (start < union(offsets.slice(0, index))[1] ? [] : [index]));
  return starts.map((first, index) => [first, starts[index + 1] ?? offsets.length]);
}

function union(ranges: readonly Range[]): Range {
  return [Math.min(...ranges.map(([start]) => start)), Math.max(...ranges.map(([, end]) => end))];
}
