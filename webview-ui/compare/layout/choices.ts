import { occurrencesOf, sharedWords, tokensOf } from '../../../src/attention/sharedWords.ts';
import type { Pair, WordRange } from '../../../src/protocol/compareWire.ts';
import { firstShown, type Explained } from '../../shared/text/explained.ts';
import { quotedName } from '../../shared/tokenLabel.ts';

/** Most shared words that are offered. */
const MOST_WORDS = 200;

/** Two tokens to compare, one of each text. */
export interface Choice {
  /** The word that both stand for; `undefined`: the last token of each text. */
  readonly word: string | undefined;
  readonly tokens: Pair<number>;
}

/** What is offered for comparison: the words that both texts share, longest first, then the last token of each. */
export function choicesOf(texts: Pair<Explained>, sameText: boolean): readonly Choice[] {
  const [first, second] = texts;
  const words = sharedWords(first.summary.text, second.summary.text).filter(
    (word) => !sameText || word.first.length > 1,
  );
  const shared = words.slice(0, MOST_WORDS).flatMap((word): readonly Choice[] => {
    const [here, there] = occurrencesOf(word, sameText);
    const [token, other] = [lastToken(first, here), lastToken(second, there)];
    return token === undefined || other === undefined ? [] : [{ word: word.word, tokens: [token, other] }];
  });
  return [...shared, { word: undefined, tokens: [firstShown(first.tokens), firstShown(second.tokens)] }];
}

/** The words that the user pointed out, else the longest shared word, else the last token of each text. */
export function firstChoice(
  texts: Pair<Explained>,
  pointed: Pair<WordRange | undefined>,
  choices: readonly Choice[],
): Pair<number> {
  const tokens = pointed.map((range, side) => range && lastToken(texts[side]!, range));
  const [here, there] = [tokens[0], tokens[1]];
  if (here !== undefined && there !== undefined) return [here, there];
  const withIt = choices.find(({ tokens: [first, second] }) => first === here || second === there);
  const [first, second] = (withIt ?? choices[0]!).tokens;
  return [here ?? first, there ?? second];
}

/** What a token stands for: the whole word where it is the last token of one, else itself. */
export interface Standing {
  readonly name: string;
  /** In how many tokens it is split. */
  readonly tokens: number;
}

export function standingOf(explained: Explained, token: number): Standing {
  const word = wordAround(explained, token);
  const { summary, tokens, names } = explained;
  if (word.length < 2 || word.at(-1) !== token) return { name: quotedName(names[token]!), tokens: 1 };
  return { name: summary.text.slice(tokens[word[0]!]!.start, tokens[token]!.end).trim(), tokens: word.length };
}

/** The tokens of the word of which a token is a part; one that is no part of a word stands alone. */
function wordAround({ summary, tokens }: Explained, token: number): readonly number[] {
  const { start, end } = tokens[token]!;
  const own = trimmedRange(summary.text, start, end);
  if (own === undefined) return [token];
  const isPart = (place: number): boolean => place >= 0 && /[\p{L}\p{M}\p{N}_$'’]/u.test(summary.text[place] ?? '');
  let [from, to] = [own.start, own.end];
  if (!isPart(from) || !isPart(to - 1)) return [token];
  while (isPart(from - 1)) from--;
  while (isPart(to)) to++;
  return tokensOf(tokens, { start: from, end: to });
}

function lastToken({ tokens }: Explained, range: WordRange): number | undefined {
  return tokensOf(tokens, range).at(-1);
}

function trimmedRange(text: string, start: number, end: number): WordRange | undefined {
  const own = text.slice(start, end);
  const lead = own.length - own.trimStart().length;
  const core = own.trim();
  return core === '' ? undefined : { start: start + lead, end: start + lead + core.length };
}
