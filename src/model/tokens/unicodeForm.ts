import { ExplainError } from '../../protocol/failure.ts';
import type { AlignedText, Edit } from './alignedText.ts';

/** No character below it combines with what stands before it, in any normalization form. */
const firstThatMayCombine = 0x300;

/** Longer runs of combining marks are aligned as a whole: pulling them apart takes quadratic time. */
const longestRefined = 32;

/** Sorting combining marks takes time that grows with the square of their run; text in use has a handful. */
const longestMarkRun = 10_000;

/**
 * Brings a text into a Unicode normalization form, aligned as finely as the form allows:
 * characters that the form joins or reorders share their range, all others keep their own.
 *
 * @param form for example `(text) => text.normalize('NFC')`.
 * @throws ExplainError `overBudget` for a run of marks that would take minutes.
 */
export function normalizeUnicode(text: AlignedText, form: (text: string) => string): AlignedText {
  if (text.matches(/\p{M}+/gu).some(({ start, end }) => end - start > longestMarkRun)) throw tooManyMarks();
  return form(text.text) === text.text ? text : text.rewrite(changedClusters(text.text, form));
}

function* changedClusters(text: string, form: (text: string) => string): Generator<Edit> {
  let cluster = '';
  let start = 0;
  for (const character of text) {
    if (cluster !== '' && !combines(cluster, character, form)) {
      yield* changes(cluster, start, form);
      start += cluster.length;
      cluster = '';
    }
    cluster += character;
  }
  yield* changes(cluster, start, form);
}

function combines(cluster: string, character: string, form: (text: string) => string): boolean {
  if ((character.codePointAt(0) ?? 0) < firstThatMayCombine) return false;
  return /\p{M}/u.test(character) || form(cluster + character) !== form(cluster) + form(character);
}

function* changes(cluster: string, start: number, form: (text: string) => string): Generator<Edit> {
  let rest = cluster;
  let position = start;
  for (let whole = form(rest); whole !== rest; whole = form(rest)) {
    const length = independentPrefix(rest, whole, form);
    const head = rest.slice(0, length);
    const text = length === rest.length ? whole : form(head);
    if (text !== head) yield { start: position, end: position + length, text };
    rest = rest.slice(length);
    position += length;
  }
}

/** Length of the shortest prefix that takes its form, `whole` being the form of all, without regard to the rest. */
function independentPrefix(cluster: string, whole: string, form: (text: string) => string): number {
  if (cluster.length > longestRefined) return cluster.length;
  let length = 0;
  for (const character of cluster) {
    length += character.length;
    if (form(cluster.slice(0, length)) + form(cluster.slice(length)) === whole) return length;
  }
  return cluster.length;
}

function tooManyMarks(): ExplainError {
  return new ExplainError({
    code: 'overBudget',
    message: 'The text stacks thousands of combining marks on one letter.',
    advice: 'Select a part of the text without them.',
  });
}
