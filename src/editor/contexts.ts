import * as vscode from 'vscode';
import type { Target } from '../explanation.ts';
import type { WordRange } from '../protocol/compareWire.ts';
import { makeTarget } from './target.ts';

/** One of two texts to compare. */
export interface Context {
  readonly target: Target;
  /** The word that the user pointed out, in the text. */
  readonly word: WordRange | undefined;
}

/**
 * The contexts that an editor's selections stand for, in the order of the document; a string says why there is none.
 * A caret, or a selection of no more than a word, stands for that word in its line.
 */
export function contextsOf({ document, selections }: vscode.TextEditor): readonly Context[] | string {
  const contexts = [...selections]
    .sort((a, b) => a.start.compareTo(b.start))
    .flatMap((selection) => contextOf(document, selection) ?? []);
  return contexts.length > 0
    ? contexts
    : vscode.l10n.t('Nothing is selected and this line is blank: select a text, or a word in its line.');
}

/** The context with something said beside its source. */
export function noted(context: Context, note: string): Context {
  const { target } = context;
  return { ...context, target: { ...target, source: { ...target.source, note } } };
}

function contextOf(document: vscode.TextDocument, selection: vscode.Selection): Context | undefined {
  const word = document.getWordRangeAtPosition(selection.start);
  const isText = !selection.isEmpty && word?.contains(selection) !== true;
  if (isText) return { target: targetOf(document, selection, undefined), word: undefined };
  const line = document.lineAt(selection.start.line);
  if (line.isEmptyOrWhitespace) return undefined;
  const start = line.range.start.translate(0, line.firstNonWhitespaceCharacterIndex);
  const target = targetOf(document, new vscode.Range(start, line.range.end), vscode.l10n.t('Its line is the context.'));
  const within = (at: vscode.Position): number => document.offsetAt(at) - target.selection.start;
  return { target, word: word && { start: within(word.start), end: within(word.end) } };
}

function targetOf(document: vscode.TextDocument, range: vscode.Range, note: string | undefined): Target {
  return makeTarget(document, { start: document.offsetAt(range.start), end: document.offsetAt(range.end) }, note);
}
