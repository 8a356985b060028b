import { uniformAt } from '../../attention/random.ts';

/** Characters in a text, in UTF-16 units: the one that closes something, and the one that opened it. */
export interface CharacterPair {
  readonly closing: number;
  readonly opening: number;
}

export interface PairingText {
  readonly text: string;
  readonly pairs: readonly CharacterPair[];
}

const names = ['total', 'count', 'index', 'result', 'value', 'items', 'line', 'name', 'path', 'key', 'data', 'size'];
const calls = ['parse', 'load', 'find', 'print', 'update', 'check', 'read', 'merge', 'send', 'build'];
const words = ['red', 'small', 'open', 'file', 'house', 'table', 'water', 'green', 'morning', 'letter', 'window'];
const counts = [1, 2, 3] as const;

/** Choices that are the same for the same seed, in the same order. */
class Choices {
  private place = 0;

  constructor(private readonly seed: number) {}

  of<T>(items: readonly T[]): T {
    return items[Math.floor(uniformAt(this.seed, this.place++) * items.length)]!;
  }

  shuffled<T>(items: readonly T[]): readonly T[] {
    const left = [...items];
    return items.map(() => left.splice(left.indexOf(this.of(left)), 1)[0]!);
  }
}

/** Strings of one to six words in quotes of one kind: a fixed distance finds at most one in six. */
export function quotedLines(seed: number): PairingText {
  const choices = new Choices(seed);
  const quote = choices.of(['"', "'"]);
  return joined(
    choices.shuffled([1, 2, 3, 4, 5, 6]).map((length) => {
      const before = `${choices.of(names)} = ${quote}`;
      const inside = Array.from({ length }, () => choices.of(words)).join(' ');
      return {
        text: `${before}${inside}${quote}\n`,
        pairs: [{ closing: before.length + inside.length, opening: before.length - 1 }],
      };
    }),
  );
}

/**
 * Calls whose closing bracket asks for its opening one: the first, second or third of the line, behind which one, two or
 * three others were opened and closed, each combination once. So neither the first, nor the last, nor any bracket by
 * its number is the answer more often than one time in three.
 */
export function bracketLines(seed: number): PairingText {
  const choices = new Choices(seed);
  const shapes = counts.flatMap((place) => counts.map((inside) => ({ place, inside })));
  const call = (argument: string): string => `${choices.of(calls)}(${argument})`;
  return joined(
    choices.shuffled(shapes).map(({ place, inside }) => {
      const outer = Array.from({ length: place - 1 }, () => `${choices.of(calls)}(${choices.of(names)}, `).join('');
      const before = `${choices.of(names)} = ${outer}${choices.of(calls)}`;
      // A name comes last, so that no two brackets meet in a token.
      const arguments_ = [...Array.from({ length: inside }, () => call(choices.of(names))), choices.of(names)];
      const text = `${before}(${arguments_.join(', ')}`;
      const rest = outer === '' ? '' : `, ${choices.of(names)}${')'.repeat(place - 1)}`;
      return { text: `${text})${rest}\n`, pairs: [{ closing: text.length, opening: before.length }] };
    }),
  );
}

function joined(lines: readonly PairingText[]): PairingText {
  let text = '';
  const pairs: CharacterPair[] = [];
  for (const line of lines) {
    const start = text.length;
    pairs.push(...line.pairs.map(({ closing, opening }) => ({ closing: start + closing, opening: start + opening })));
    text += line.text;
  }
  return { text, pairs };
}
