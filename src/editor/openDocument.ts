import * as vscode from 'vscode';

/** The open document with a URI. */
export function openAt(uri: string): vscode.TextDocument | undefined {
  return vscode.workspace.textDocuments.find((document) => document.uri.toString() === uri);
}

/** Opens a document of which only the URI is known. An untitled one exists only while it is open: none is made anew. */
export async function openDocument(uri: string): Promise<vscode.TextDocument> {
  const open = openAt(uri);
  if (open !== undefined) return open;
  const parsed = vscode.Uri.parse(uri, true);
  if (parsed.scheme === 'untitled') throw new Error(vscode.l10n.t('The untitled document was closed.'));
  return vscode.workspace.openTextDocument(parsed);
}
