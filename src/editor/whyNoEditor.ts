import * as vscode from 'vscode';

/** VS Code does not show longer files to extensions. */
const LONGEST_FILE_MB = 50;

/** Why there is no text to explain although the user looks at something, and what to do. */
export async function whyNoEditor(): Promise<string> {
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  const uri = input instanceof vscode.TabInputText || input instanceof vscode.TabInputCustom ? input.uri : undefined;
  if (uri === undefined) return vscode.l10n.t('No text editor is active: open a file and select some text.');
  if ((await sizeOf(uri)) > LONGEST_FILE_MB * 2 ** 20) {
    return vscode.l10n.t(
      'This file is larger than {0} MB, and VS Code does not show it to extensions: copy the part you want into a new file.',
      LONGEST_FILE_MB,
    );
  }
  return vscode.l10n.t('This file is not open as text: open a text file, or reopen this one with the text editor.');
}

async function sizeOf(uri: vscode.Uri): Promise<number> {
  try {
    return (await vscode.workspace.fs.stat(uri)).size;
  } catch {
    return 0;
  }
}
