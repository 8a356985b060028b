import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { ExplainAttentionApi } from '../../src/extension.ts';
import type { PanelSnapshot } from '../../src/protocol/panelWire.ts';

export type Ready = Extract<PanelSnapshot, { kind: 'ready' }>;

export async function activateExtension(): Promise<ExplainAttentionApi> {
  const extension = vscode.extensions.getExtension<ExplainAttentionApi>('explain-attention.explain-attention');
  assert.ok(extension);
  return extension.activate();
}

/** Opens an untitled document, with an optional selection in offsets. */
export async function openText(content: string, start = 0, end = start): Promise<vscode.TextEditor> {
  const document = await vscode.workspace.openTextDocument({ content, language: 'plaintext' });
  const editor = await vscode.window.showTextDocument(document, vscode.ViewColumn.One);
  editor.selection = new vscode.Selection(document.positionAt(start), document.positionAt(end));
  return editor;
}

export async function run(command: string, argument?: unknown): Promise<void> {
  await vscode.commands.executeCommand(`explainAttention.${command}`, argument);
}

/** Explains the selection of the active editor to the end. */
export async function explain(api: ExplainAttentionApi): Promise<Ready> {
  await run('explain');
  return ready(api);
}

export function ready(api: ExplainAttentionApi): Ready {
  const snapshot = api.snapshot();
  assert.ok(snapshot.kind === 'ready', JSON.stringify(snapshot));
  return snapshot;
}

/** Waits until something holds; what never does fails the test by its time limit. */
export async function until<T>(look: () => T | undefined | false | Promise<T | undefined | false>): Promise<T> {
  for (;;) {
    const found = await look();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export async function closeEverything(): Promise<void> {
  await vscode.commands.executeCommand('workbench.action.closeAllEditors');
}

/** The hover text that our provider gives at an offset, `''` where it is silent. */
export async function hoverAt(document: vscode.TextDocument, offset: number): Promise<string> {
  const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
    'vscode.executeHoverProvider',
    document.uri,
    document.positionAt(offset),
  );
  const contents = hovers.flatMap((hover) => hover.contents);
  return contents.map((content) => (content instanceof vscode.MarkdownString ? content.value : '')).join('\n');
}
