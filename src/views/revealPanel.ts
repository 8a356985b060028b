import * as vscode from 'vscode';

/** Brings a panel to the front: beside the editor of a document, where it would cover the only one. */
export function revealPanel(panel: vscode.WebviewPanel, preserveFocus: boolean, uri?: string): void {
  const editors = vscode.window.visibleTextEditors.filter(({ document }) => document.uri.toString() === uri);
  const covers = editors.length > 0 && editors.every(({ viewColumn }) => viewColumn === panel.viewColumn);
  panel.reveal(covers ? vscode.ViewColumn.Beside : undefined, preserveFocus);
}
