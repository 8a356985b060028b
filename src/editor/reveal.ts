import * as vscode from 'vscode';
import type { Explanation } from '../explanation.ts';
import { openDocument } from './openDocument.ts';
import { rangeOf } from './target.ts';

/** Scrolls to a token in an editor of its document, opening one where there is none. The selection stays. */
export async function revealToken(explanation: Explanation, token: number): Promise<void> {
  const visible = vscode.window.visibleTextEditors.find((editor) => editor.document.uri.toString() === explanation.uri);
  const editor = visible ?? (await show(explanation.uri));
  const range = explanation.rangeOf(token);
  if (range === undefined) return;
  editor.revealRange(rangeOf(editor.document, range), vscode.TextEditorRevealType.InCenterIfOutsideViewport);
}

async function show(uri: string): Promise<vscode.TextEditor> {
  const document = await openDocument(uri);
  return vscode.window.showTextDocument(document, { viewColumn: vscode.ViewColumn.One, preserveFocus: true });
}
