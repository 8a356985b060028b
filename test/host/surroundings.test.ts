import assert from 'node:assert/strict';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import { whyNoEditor } from '../../src/editor/whyNoEditor.ts';
import type { ExplainAttentionApi } from '../../src/extension.ts';
import { activateExtension, closeEverything, explain, until } from './support.ts';

const sentence = 'The animal was tired.';

describe('Explain Attention among the editors of VS Code', () => {
  let api: ExplainAttentionApi;
  let folder: string;

  before(async () => {
    api = await activateExtension();
    folder = await mkdtemp(path.join(tmpdir(), 'explain-attention-files-'));
  });

  after(() => rm(folder, { recursive: true, force: true }));

  afterEach(closeEverything);

  it('has a command for every entry of package.json, and a chord that VS Code leaves free', async () => {
    const extension = vscode.extensions.getExtension('explain-attention.explain-attention');
    const { commands, keybindings } = (extension?.packageJSON as Manifest).contributes;
    const registered = await vscode.commands.getCommands();
    for (const { command } of commands) assert.ok(registered.includes(command), command);
    const defaults = await vscode.workspace.openTextDocument(
      vscode.Uri.parse('vscode://defaultsettings/keybindings.json'),
    );
    const text = defaults.getText();
    assert.ok(text.includes('"ctrl+k ctrl+c"'));
    const others = [...text.matchAll(/"key": "(.*)",\s*"command": "(.*)"/g)]
      .filter(([, , command]) => !command?.startsWith('explainAttention.'))
      .map(([, key]) => key);
    for (const { key } of keybindings) assert.ok(!others.includes(key), key);
  });

  it('explains the side of a diff that has the focus', async () => {
    const [left, right] = await Promise.all(
      ['nothing here', sentence].map((content) => vscode.workspace.openTextDocument({ content })),
    );
    assert.ok(left && right);
    await vscode.commands.executeCommand('vscode.diff', left.uri, right.uri);
    const editor = await until(() => vscode.window.visibleTextEditors.find(({ document }) => document === right));
    await until(() => vscode.window.activeTextEditor === editor);
    editor.selection = new vscode.Selection(0, 0, 0, sentence.length);
    assert.equal((await explain(api)).summary.text, sentence);
  });

  it('explains a read-only document', async () => {
    const provider = vscode.workspace.registerTextDocumentContentProvider('explain-attention-test', {
      provideTextDocumentContent: () => sentence,
    });
    try {
      const document = await vscode.workspace.openTextDocument(vscode.Uri.parse('explain-attention-test:/text'));
      await vscode.window.showTextDocument(document, vscode.ViewColumn.One);
      assert.equal((await explain(api)).summary.text, sentence);
    } finally {
      provider.dispose();
    }
  });

  it('says what to do without an editor', async () => {
    assert.match(await whyNoEditor(), /No text editor is active/);
  });

  it('says what to do with a binary file', async () => {
    await show('binary.bin', 4096);
    assert.match(await whyNoEditor(), /not open as text/);
  });

  it('says what to do with a file that VS Code does not show to extensions', async () => {
    await show('huge.txt', 51 * 2 ** 20, 'a');
    assert.match(await whyNoEditor(), /larger than 50 MB/);
  });

  /** Opens a file of zeros after its first characters. */
  async function show(name: string, size: number, beginning = ''): Promise<void> {
    const file = path.join(folder, name);
    await writeFile(file, beginning);
    await truncate(file, size);
    await vscode.commands.executeCommand('vscode.open', vscode.Uri.file(file));
    await until(() => vscode.window.tabGroups.activeTabGroup.activeTab?.label === name);
    assert.equal(vscode.window.activeTextEditor, undefined);
  }
});

interface Manifest {
  readonly contributes: {
    readonly commands: readonly { readonly command: string }[];
    readonly keybindings: readonly { readonly key: string }[];
  };
}
