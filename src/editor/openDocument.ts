import * as vscode from 'vscode';

/** The open document with a URI. */
export function openAt(uri: string): vscode.TextDocument | undefined {
  return vscode.workspace.textDocuments.find((document) => document.uri.toString() === uri);
}

/**
 * Opens a document of which only the URI is known. An untitled one exists only while it is open: none is made anew, but
 * after a reload of the window VS Code needs a while to bring those back that have a tab.
 */
export async function openDocument(uri: string): Promise<vscode.TextDocument> {
  const open = openAt(uri);
  if (open !== undefined) return open;
  const parsed = vscode.Uri.parse(uri, true);
  if (parsed.scheme !== 'untitled') return vscode.workspace.openTextDocument(parsed);
  if (hasTab(uri)) return untitledAt(uri);
  throw new Error(vscode.l10n.t('The untitled document was closed.'));
}

export function hasTab(uri: string): boolean {
  const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
  return tabs.some(({ input }) => input instanceof vscode.TabInputText && input.uri.toString() === uri);
}

/** Waits for an untitled document as long as it has a tab. */
function untitledAt(uri: string): Promise<vscode.TextDocument> {
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      const document = openAt(uri);
      if (document === undefined && hasTab(uri)) return;
      opened.dispose();
      tabs.dispose();
      if (document === undefined) reject(new Error(vscode.l10n.t('The untitled document was closed.')));
      else resolve(document);
    };
    const opened = vscode.workspace.onDidOpenTextDocument(settle);
    const tabs = vscode.window.tabGroups.onDidChangeTabs(settle);
  });
}
