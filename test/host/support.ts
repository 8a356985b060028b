import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import type { ExplainAttentionApi } from '../../src/extension.ts';
import type { PanelSnapshot } from '../../src/protocol/panelWire.ts';

export type Ready = Extract<PanelSnapshot, { kind: 'ready' }>;

export async function activateExtension(): Promise<ExplainAttentionApi> {
  const extension = vscode.extensions.getExtension<ExplainAttentionApi>('explain-attention.explain-attention');
  assert.ok(extension);
  return extension.activate();
}

let folder: string | undefined;
let files = 0;

/** Opens a new text file, with an optional selection in offsets. No name is used twice: VS Code closes documents late. */
export async function openText(content: string | Uint8Array, start = 0, end = start): Promise<vscode.TextEditor> {
  folder ??= await mkdtemp(path.join(tmpdir(), 'explain-attention-texts-'));
  const file = path.join(folder, `text-${++files}.txt`);
  await writeFile(file, content);
  // Not by openTextDocument: what extensions open stays open for minutes after its editor is closed.
  await vscode.commands.executeCommand('vscode.open', vscode.Uri.file(file), vscode.ViewColumn.One);
  const editor = await until(() => {
    const active = vscode.window.activeTextEditor;
    return active?.document.fileName === file && active;
  });
  const { document } = editor;
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

/** A page's requests for a slice, one in each precision. */
export function inBothPrecisions(method: string, slice: object): readonly unknown[] {
  return ['single', 'half'].map((precision, place) => ({
    jsonrpc: '2.0',
    id: place + 1,
    method,
    params: { ...slice, precision },
  }));
}

/** Waits until something holds; what never does fails the test by its time limit. */
export async function until<T>(look: () => T | undefined | false | Promise<T | undefined | false>): Promise<T> {
  for (;;) {
    const found = await look();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Closes all editors; edited files are saved, so that VS Code does not ask. */
export async function closeEverything(): Promise<void> {
  await vscode.workspace.saveAll();
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

after(async () => {
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});
