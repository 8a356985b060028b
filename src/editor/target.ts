import * as vscode from 'vscode';
import type { Target } from '../explanation.ts';
import type { Source } from '../protocol/panelWire.ts';
import { titled } from './titled.ts';
import type { OffsetRange } from './trackedText.ts';

/** Most UTF-16 units that are sent to the model process: beyond the context of any model, yet quick to send. */
const LONGEST_TEXT = 4 * 2 ** 20;

/** What a user who runs the command in this editor wants explained; a string says why there is nothing. */
export function targetOf(editor: vscode.TextEditor): Target | string {
  const { document, selection, selections } = editor;
  if (lengthOf(document) === 0) return emptyDocument();
  if (!selection.isEmpty) {
    const note =
      selections.length > 1
        ? vscode.l10n.t('{0} ranges are selected: the first one is explained.', selections.length)
        : undefined;
    return makeTarget(document, offsetsOf(document, selection), note);
  }
  const line = caretLine(editor);
  if (line === undefined) {
    return vscode.l10n.t('Nothing is selected and this line is blank: select some text first.');
  }
  return makeTarget(document, line, vscode.l10n.t('Nothing was selected: the line is explained.'));
}

/** What a caret stands for: its line without the indentation; `undefined` for a blank one. */
export function caretLine({ document, selection }: vscode.TextEditor): OffsetRange | undefined {
  const line = document.lineAt(selection.active.line);
  if (line.isEmptyOrWhitespace) return undefined;
  const start = new vscode.Position(line.lineNumber, line.firstNonWhitespaceCharacterIndex);
  return offsetsOf(document, new vscode.Range(start, line.range.end));
}

/** All of a document; a string says why there is nothing. */
export function fileTarget(document: vscode.TextDocument): Target | string {
  const end = lengthOf(document);
  return end === 0 ? emptyDocument() : makeTarget(document, { start: 0, end }, undefined);
}

function emptyDocument(): string {
  return vscode.l10n.t('This document is empty: write or open some text first.');
}

/** @param note said beside the source where the range is not just what the user selected */
export function makeTarget(document: vscode.TextDocument, selection: OffsetRange, note: string | undefined): Target {
  const range = rangeOf(document, selection);
  const text = prefixOf(document.getText(range), LONGEST_TEXT);
  const explained = { start: selection.start, end: selection.start + text.length };
  const source = describeSource(document, { selection, explained }, note);
  const lines = range.end.line - range.start.line + (range.end.character > 0 ? 1 : 0);
  return { uri: document.uri.toString(), selection, text, lines, preceding: undefined, source };
}

/** Of a selection, and of what is explained of its document: what precedes the selection as far as that is to be read. */
export interface Places {
  readonly selection: OffsetRange;
  readonly explained: OffsetRange;
}

/** @param note as in `makeTarget` */
export function describeSource(
  document: vscode.TextDocument,
  { selection: { start }, explained }: Places,
  note: string | undefined,
): Source {
  return titled(
    {
      fileName: nameOf(document),
      firstLine: document.positionAt(explained.start).line + 1,
      languageId: document.languageId,
      note,
      offersFile: note !== undefined,
      preceding: !isPreceded(document, start) ? 'nothing' : explained.start < start ? 'included' : 'leftOut',
    },
    document.getText(rangeOf(document, explained)),
    start - explained.start,
  );
}

/** Whether any text stands before an offset. */
function isPreceded(document: vscode.TextDocument, offset: number): boolean {
  const { line, character } = document.positionAt(offset);
  for (let before = 0; before < line; before++) if (!document.lineAt(before).isEmptyOrWhitespace) return true;
  return document.lineAt(line).firstNonWhitespaceCharacterIndex < character;
}

export function rangeOf(document: vscode.TextDocument, { start, end }: OffsetRange): vscode.Range {
  return new vscode.Range(document.positionAt(start), document.positionAt(end));
}

/** Length of a document in UTF-16 units. */
export function lengthOf(document: vscode.TextDocument): number {
  return document.offsetAt(document.lineAt(document.lineCount - 1).range.end);
}

function offsetsOf(document: vscode.TextDocument, range: vscode.Range): OffsetRange {
  return { start: document.offsetAt(range.start), end: document.offsetAt(range.end) };
}

function nameOf(document: vscode.TextDocument): string {
  const name = schemeName(document.uri.scheme) ?? document.uri.path.split('/').at(-1) ?? document.uri.path;
  const cell = vscode.workspace.notebookDocuments
    .flatMap((notebook) => notebook.getCells())
    .find((candidate) => candidate.document === document);
  return cell === undefined ? name : vscode.l10n.t('{0}, cell {1}', name, cell.index + 1);
}

/** Of documents whose path is no name that a user knows. */
function schemeName(scheme: string): string | undefined {
  switch (scheme) {
    case 'search-editor':
      return vscode.l10n.t('Search Editor');
    case 'output':
      return vscode.l10n.t('Output');
    default:
      return undefined;
  }
}

/** At most `length` units from the beginning, no surrogate pair cut in two. */
function prefixOf(text: string, length: number): string {
  if (text.length <= length) return text;
  const last = text.charCodeAt(length - 1);
  const isHighSurrogate = last >= 0xd800 && last < 0xdc00;
  return text.slice(0, isHighSurrogate ? length - 1 : length);
}
