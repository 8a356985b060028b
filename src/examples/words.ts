import type { RunSummary, TokenRange } from '../protocol/run.ts';

/** A word in an example: the `occurrence`-th one of this text, from 1. */
export interface Place {
  readonly text: string;
  readonly occurrence: number;
}

/** The tokens that a word of the text is made of. */
export function wordTokens(
  { text, tokens }: Pick<RunSummary, 'text' | 'tokens'>,
  { text: word, occurrence }: Place,
): TokenRange | undefined {
  let at = -1;
  for (let found = 0; found < occurrence; found++) {
    at = indexOfWord(text, word, at + 1);
    if (at < 0) return undefined;
  }
  const inside = tokens.flatMap(({ start, end }, index) => (start < at + word.length && end > at ? [index] : []));
  const [first] = inside;
  return first === undefined ? undefined : { start: first, end: inside.at(-1)! + 1 };
}

/** Not inside of a longer word. */
function indexOfWord(text: string, word: string, from: number): number {
  const isLetter = (character: string | undefined): boolean => character !== undefined && /\w/.test(character);
  for (let at = text.indexOf(word, from); at >= 0; at = text.indexOf(word, at + 1)) {
    const whole = !isLetter(text[at - 1]) && !isLetter(text[at + word.length]);
    if (whole || !isLetter(word[0])) return at;
  }
  return -1;
}
