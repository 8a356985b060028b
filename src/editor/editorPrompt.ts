import * as vscode from 'vscode';
import { LONGEST_PROMPT } from '../protocol/generationLimits.ts';
import type { Prompt } from '../protocol/generationViewWire.ts';
import { describeSource, rangeOf } from './target.ts';
import type { OffsetRange } from './trackedText.ts';

/** What a user who starts a generation in this editor wants continued; a string says why there is nothing. */
export function promptOf(editor: vscode.TextEditor): Prompt | string {
  const { document, selection, selections } = editor;
  const { end } = textBeforeCaret(editor);
  if (!selection.isEmpty) {
    const note =
      selections.length > 1
        ? vscode.l10n.t('{0} ranges are selected: the first one is continued.', selections.length)
        : undefined;
    return makePrompt(document, { start: document.offsetAt(selection.start), end }, note);
  }
  if (end === 0)
    return vscode.l10n.t('Nothing is selected and nothing stands before the caret: type or select a prompt.');
  const note = vscode.l10n.t('Nothing was selected: the text up to the caret is continued.');
  return makePrompt(document, textBeforeCaret(editor), note);
}

export function textBeforeCaret({ document, selection }: vscode.TextEditor): OffsetRange {
  return { start: 0, end: document.offsetAt(selection.end) };
}

/** A model continues the end of a text, so of a long one the end is taken. */
function makePrompt(document: vscode.TextDocument, range: OffsetRange, note: string | undefined): Prompt {
  const text = suffixOf(document.getText(rangeOf(document, range)), LONGEST_PROMPT);
  const start = range.end - text.length;
  const isCut = start > range.start;
  const used = { start, end: range.end };
  const { label } = describeSource(document, { selection: used, explained: used }, undefined);
  return {
    text,
    label,
    note: isCut ? vscode.l10n.t('Only the last {0} characters of the text are used.', text.length) : note,
    place: { uri: document.uri.toString(), start },
  };
}

/** At most `length` units from the end, no surrogate pair cut in two. */
function suffixOf(text: string, length: number): string {
  if (text.length <= length) return text;
  const end = text.slice(-length);
  const first = end.charCodeAt(0);
  const isLowSurrogate = first >= 0xdc00 && first < 0xe000;
  return isLowSurrogate ? end.slice(1) : end;
}
