import type { Token, TokenRange } from '../protocol/run.ts';

/** A word that stands in both texts, with all its places in each: [start, end) in UTF-16 units. */
export interface SharedWord {
  readonly word: string;
  readonly first: readonly TokenRange[];
  readonly second: readonly TokenRange[];
}

/** Letters, digits, _ and $, as in words and identifiers; an apostrophe inside belongs to the word. */
const WORD = /[\p{L}\p{N}_$][\p{L}\p{M}\p{N}_$]*(?:['’]\p{L}+)*/gu;

/** Words that both texts hold, longest first; among equals the one nearer to the beginnings, then by code units. */
export function sharedWords(first: string, second: string): readonly SharedWord[] {
  const inSecond = wordsOf(second);
  const shared = [...wordsOf(first)].flatMap(([word, places]) => {
    const others = inSecond.get(word);
    return others ? [{ word, first: places, second: others }] : [];
  });
  const depth = (one: SharedWord): number => one.first[0]!.start + one.second[0]!.start;
  return shared.sort((a, b) => b.word.length - a.word.length || depth(a) - depth(b) || (a.word < b.word ? -1 : 1));
}

/**
 * The pair of occurrences of a word that is compared first: the last one in each text, which has seen the most. Of one
 * text with itself, its first and its last occurrence.
 */
export function occurrencesOf(word: SharedWord, sameText: boolean): readonly [first: TokenRange, second: TokenRange] {
  return [sameText ? word.first[0]! : word.first.at(-1)!, word.second.at(-1)!];
}

/** The tokens that cover a range of the text; of a word split in several, the last one has seen the others. */
export function tokensOf(tokens: readonly Token[], { start, end }: TokenRange): readonly number[] {
  return [...tokens.keys()].filter((index) => tokens[index]!.start < end && tokens[index]!.end > start);
}

/**
 * Which token of the other text is the same: the n-th with a name to the n-th with that name; −1 where the other has
 * fewer of it.
 *
 * @param names what the tokens are called, without the spaces before them
 */
export function counterparts(names: readonly string[], others: readonly string[]): Int32Array {
  const places = new Map<string, number[]>();
  others.forEach((name, token) => {
    const known = places.get(name);
    if (known) known.push(token);
    else places.set(name, [token]);
  });
  const seen = new Map<string, number>();
  return Int32Array.from(names, (name) => {
    const count = seen.get(name) ?? 0;
    seen.set(name, count + 1);
    return places.get(name)?.[count] ?? -1;
  });
}

/** Whether two tokens have the same tokens at the same places before them, themselves included. */
export function samePast(
  first: readonly Token[],
  second: readonly Token[],
  tokens: readonly [number, number],
): boolean {
  const [last, other] = tokens;
  return last === other && first.slice(0, last + 1).every(({ id }, index) => id === second[index]?.id);
}

function wordsOf(text: string): ReadonlyMap<string, readonly TokenRange[]> {
  const words = new Map<string, TokenRange[]>();
  for (const { 0: word, index } of text.matchAll(WORD)) {
    const range = { start: index, end: index + word.length };
    const known = words.get(word);
    if (known) known.push(range);
    else words.set(word, [range]);
  }
  return words;
}
