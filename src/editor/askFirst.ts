import * as vscode from 'vscode';
import { asksFirst } from '../unasked.ts';
import { textBeforeCaret } from './editorPrompt.ts';
import { caretLine } from './target.ts';
import type { OffsetRange } from './trackedText.ts';

/** UTF-16 units around a caret that are offered in place of much more. */
const AROUND = 1000;

/** Asks before a caret stands for a long line. The answer may be to select less. @returns whether to go on */
export async function mayExplain(editor: vscode.TextEditor): Promise<boolean> {
  if (!editor.selection.isEmpty) return true;
  const line = caretLine(editor);
  if (line === undefined || !asksFirst(line)) return true;
  const caret = editor.document.offsetAt(editor.selection.active);
  const start = Math.max(line.start, Math.min(caret - AROUND / 2, line.end - AROUND));
  return goOnWith(
    editor,
    { start, end: start + AROUND },
    vscode.l10n.t('Nothing is selected, and this line has {0} characters.', count(line.end - line.start)),
    vscode.l10n.t('Explain the Line'),
    vscode.l10n.t('Explain {0} Characters Around the Caret', count(AROUND)),
  );
}

/** Asks before a caret stands for a long text before it. The answer may be to select less. @returns whether to go on */
export async function mayContinue(editor: vscode.TextEditor): Promise<boolean> {
  const range = textBeforeCaret(editor);
  if (!editor.selection.isEmpty || !asksFirst(range)) return true;
  return goOnWith(
    editor,
    { start: range.end - AROUND, end: range.end },
    vscode.l10n.t('Nothing is selected, and {0} characters stand before the caret.', count(range.end - range.start)),
    vscode.l10n.t('Continue All of It'),
    vscode.l10n.t('Continue the Last {0} Characters', count(AROUND)),
  );
}

/** Asks before a caret or a word stands for a long line. @returns whether to go on */
export async function mayCompare(lengths: readonly number[]): Promise<boolean> {
  const longest = Math.max(...lengths);
  if (!asksFirst({ start: 0, end: longest })) return true;
  const goOn = vscode.l10n.t('Compare the Line');
  const message = vscode.l10n.t(
    'The context of a word is its line, and this line has {0} characters. To compare a part of it, select that part.',
    count(longest),
  );
  return (await vscode.window.showInformationMessage(message, goOn)) === goOn;
}

async function goOnWith(
  editor: vscode.TextEditor,
  part: OffsetRange,
  message: string,
  wholeTitle: string,
  partTitle: string,
): Promise<boolean> {
  const choice = await vscode.window.showInformationMessage(message, wholeTitle, partTitle);
  if (choice === partTitle) {
    const { document } = editor;
    editor.selection = new vscode.Selection(document.positionAt(part.start), document.positionAt(part.end));
  }
  return choice !== undefined;
}

function count(value: number): string {
  return value.toLocaleString(vscode.env.language);
}
