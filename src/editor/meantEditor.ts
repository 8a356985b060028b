import * as vscode from 'vscode';
import { COMPARE_TYPE, PANEL_TYPE } from '../views/names.ts';

/** Knows which text editor the user means while one of the extension's own panels has the focus. */
export class MeantEditor implements vscode.Disposable {
  private last = vscode.window.activeTextEditor;
  private readonly watch = vscode.window.onDidChangeActiveTextEditor((editor) => (this.last = editor ?? this.last));

  /** The active text editor; from a panel of ours the visible one that was active last, else one that is visible. */
  get editor(): vscode.TextEditor | undefined {
    const { activeTextEditor, visibleTextEditors, tabGroups } = vscode.window;
    if (activeTextEditor !== undefined || !isOurs(tabGroups.activeTabGroup.activeTab)) return activeTextEditor;
    return visibleTextEditors.find((editor) => editor === this.last) ?? visibleTextEditors[0];
  }

  dispose(): void {
    this.watch.dispose();
  }
}

/** VS Code puts a prefix of its own before the type of a webview. */
function isOurs(tab: vscode.Tab | undefined): boolean {
  const { input } = tab ?? {};
  if (!(input instanceof vscode.TabInputWebview)) return false;
  return [PANEL_TYPE, COMPARE_TYPE].some((type) => input.viewType.endsWith(type));
}
