import * as vscode from 'vscode';
import type { Place } from './words.ts';

/** What is worth seeing; found and named with its numbers when the example has run. */
export type Look =
  /** Which head joins two words, and what it puts on another one. */
  | { readonly kind: 'pair'; readonly query: Place; readonly key: Place; readonly other: Place }
  /** A word that a model reading from left to right has not seen at the query. */
  | { readonly kind: 'unseen'; readonly query: Place; readonly later: Place }
  /** A word that tells two meanings of the query apart, and that any model has read by then. */
  | { readonly kind: 'seen'; readonly query: Place; readonly earlier: Place }
  /** How much of the attention goes to the first token. */
  | { readonly kind: 'sink'; readonly query: Place }
  /** How large the matrices are. */
  | { readonly kind: 'size' };

export interface Example {
  /** Name in the folder `example`. */
  readonly file: string;
  readonly title: () => string;
  readonly about: () => string;
  readonly looks: readonly Look[];
}

const place = (text: string, occurrence = 1): Place => ({ text, occurrence });

export const examples: readonly Example[] = [
  {
    file: 'animal.txt',
    title: () => vscode.l10n.t('The animal didn’t cross the road'),
    about: () => vscode.l10n.t('What “it” attends to'),
    looks: [
      { kind: 'pair', query: place('it'), key: place('animal'), other: place('road') },
      { kind: 'unseen', query: place('it'), later: place('tired') },
    ],
  },
  {
    file: 'dog.txt',
    title: () => vscode.l10n.t('The dog chased the ball'),
    about: () => vscode.l10n.t('A pronoun with two readings'),
    looks: [{ kind: 'pair', query: place('it'), key: place('dog'), other: place('ball') }],
  },
  {
    file: 'crane.txt',
    title: () => vscode.l10n.t('Two cranes'),
    about: () => vscode.l10n.t('One word, two meanings: what tells them apart comes after'),
    looks: [
      { kind: 'pair', query: place('flew'), key: place('crane'), other: place('The') },
      { kind: 'pair', query: place('lifted'), key: place('crane', 2), other: place('crane') },
      { kind: 'unseen', query: place('crane', 2), later: place('lifted') },
    ],
  },
  {
    file: 'crane-after.txt',
    title: () => vscode.l10n.t('A bird and a machine, both cranes'),
    about: () => vscode.l10n.t('One word, two meanings: what tells them apart comes before'),
    looks: [
      { kind: 'pair', query: place('crane'), key: place('bird'), other: place('was') },
      { kind: 'pair', query: place('crane', 2), key: place('machine'), other: place('bird') },
      { kind: 'seen', query: place('crane', 2), earlier: place('machine') },
    ],
  },
  {
    file: 'cat.txt',
    title: () => vscode.l10n.t('The cat sat on the mat'),
    about: () => vscode.l10n.t('A verb and its subject; the first token'),
    looks: [
      { kind: 'pair', query: place('sat'), key: place('cat'), other: place('The') },
      { kind: 'sink', query: place('mat') },
    ],
  },
  {
    file: 'time.txt',
    title: () => vscode.l10n.t('Time flies fast'),
    about: () => vscode.l10n.t('Noun or verb?'),
    looks: [{ kind: 'pair', query: place('fast'), key: place('flies'), other: place('Time') }],
  },
  {
    file: 'long.txt',
    title: () => vscode.l10n.t('A thousand words'),
    about: () => vscode.l10n.t('What length costs'),
    looks: [{ kind: 'size' }],
  },
  {
    file: 'variable.py',
    title: () => vscode.l10n.t('A variable and its definition'),
    about: () => vscode.l10n.t('Code: where a name comes from'),
    looks: [{ kind: 'pair', query: place('width', 2), key: place('width'), other: place('height') }],
  },
  {
    file: 'brackets.py',
    title: () => vscode.l10n.t('Brackets'),
    about: () => vscode.l10n.t('Code: a closing bracket and its opener'),
    looks: [{ kind: 'pair', query: place(']'), key: place('['), other: place('{') }],
  },
  {
    file: 'pattern.js',
    title: () => vscode.l10n.t('A pattern that repeats'),
    about: () => vscode.l10n.t('Code: induction, what came after it last time'),
    looks: [{ kind: 'pair', query: place('kite', 2), key: place('tin'), other: place('kite') }],
  },
];

/** Scheme of the documents in which examples are opened. */
export const EXAMPLE_SCHEME = 'explain-attention-example';

/** The example that a document is. */
export function exampleAt(uri: string): Example | undefined {
  const { scheme, path } = vscode.Uri.parse(uri);
  return scheme === EXAMPLE_SCHEME ? examples.find(({ file }) => path === `/${file}`) : undefined;
}
