import assert from 'node:assert/strict';
import path from 'node:path';
import * as vscode from 'vscode';
import type { ExplainAttentionApi } from '../../src/extension.ts';
import { activateExtension, closeEverything, explain, hoverAt, openText, ready, run, until } from './support.ts';

const text = 'The animal was tired.';

describe('An explained text whose document is replaced by another one', () => {
  let api: ExplainAttentionApi;

  before(async () => {
    api = await activateExtension();
  });

  afterEach(closeEverything);

  async function move(from: vscode.Uri, to: vscode.Uri): Promise<void> {
    const edit = new vscode.WorkspaceEdit();
    edit.renameFile(from, to);
    assert.ok(await vscode.workspace.applyEdit(edit));
  }

  /** The present run is shown of the document there, with nothing to say about it. */
  async function follows(uri: vscode.Uri, label: string): Promise<void> {
    await until(() => ready(api).restore.uri === uri.toString() && ready(api).source.label === label);
    const { stale, source } = ready(api);
    assert.deepEqual([stale, source.note], [false, undefined]);
    await until(() => vscode.window.tabGroups.all.some(({ tabs }) => tabs.some((tab) => tab.label.endsWith(label))));
    const document = await vscode.workspace.openTextDocument(uri);
    assert.match(await hoverAt(document, text.indexOf('animal')), /of `/);
  }

  function sibling({ document }: vscode.TextEditor, ending: string): vscode.Uri {
    const { dir, name } = path.parse(document.fileName);
    return vscode.Uri.file(path.join(dir, `${name}${ending}`));
  }

  it('is followed when its file is renamed, and when that is undone', async () => {
    const editor = await openText(text, 0, text.length);
    const { run: number } = (await explain(api)).summary;
    const [old, renamed] = [editor.document.uri, sibling(editor, '-renamed.py')];
    await move(old, renamed);
    await follows(renamed, `${path.basename(renamed.path)} 1`);
    await vscode.commands.executeCommand('undo');
    await follows(old, `${path.basename(old.path)} 1`);
    assert.equal(ready(api).summary.run, number);
  });

  it('is followed when a folder above it is moved', async () => {
    const editor = await openText(text, 0, text.length);
    await explain(api);
    const { uri } = editor.document;
    const folder = vscode.Uri.joinPath(uri, '..');
    const moved = folder.with({ path: `${folder.path}-moved` });
    await move(folder, moved);
    try {
      await follows(vscode.Uri.joinPath(moved, path.basename(uri.path)), `${path.basename(uri.path)} 1`);
    } finally {
      await move(moved, folder);
    }
  });

  it('is followed when its file is renamed behind another tab', async () => {
    const editor = await openText(text, 0, text.length);
    await explain(api);
    const [old, renamed] = [editor.document.uri, sibling(editor, '-behind.txt')];
    await openText('in front');
    await move(old, renamed);
    await follows(renamed, `${path.basename(renamed.path)} 1`);
  });

  it('is followed when another extension renames its file', async () => {
    const editor = await openText(text, 0, text.length);
    await explain(api);
    const [old, renamed] = [editor.document.uri, sibling(editor, '-by-another.txt')];
    await vscode.workspace.fs.rename(old, renamed);
    await follows(renamed, `${path.basename(renamed.path)} 1`);
  });

  it('is followed when an untitled document is saved, its spaces trimmed', async () => {
    const file = sibling(await openText('only for its folder'), '-saved.txt');
    const untitled = await vscode.workspace.openTextDocument(file.with({ scheme: 'untitled' }));
    const editor = await vscode.window.showTextDocument(untitled, vscode.ViewColumn.One);
    await editor.edit((edit) => edit.insert(new vscode.Position(0, 0), `${text}\nmore  `));
    editor.selection = new vscode.Selection(0, 0, 0, text.length);
    await explain(api);
    const settings = vscode.workspace.getConfiguration('files');
    await settings.update('trimTrailingWhitespace', true, vscode.ConfigurationTarget.Global);
    try {
      await untitled.save();
    } finally {
      await settings.update('trimTrailingWhitespace', undefined, vscode.ConfigurationTarget.Global);
    }
    await vscode.commands.executeCommand('vscode.open', file, vscode.ViewColumn.One);
    await follows(file, `${path.basename(file.path)} 1`);
  });

  it('is followed in a cell of a notebook that is renamed', async () => {
    const file = sibling(await openText('only for its folder'), '.ipynb');
    const cell = { cell_type: 'code', execution_count: null, metadata: {}, outputs: [], source: [text] };
    const content = {
      cells: [{ ...cell, source: ['one = 1'] }, cell],
      metadata: { language_info: { name: 'python' } },
      nbformat: 4,
      nbformat_minor: 5,
    };
    await vscode.workspace.fs.writeFile(file, new TextEncoder().encode(JSON.stringify(content)));
    await vscode.commands.executeCommand('vscode.open', file, vscode.ViewColumn.One);
    const notebook = await until(() => vscode.window.activeNotebookEditor?.notebook);
    await vscode.commands.executeCommand('notebook.focusTop');
    await vscode.commands.executeCommand('notebook.cell.delete');
    await until(() => notebook.cellCount === 1);
    await notebook.save();
    await vscode.commands.executeCommand('notebook.focusBottom');
    await vscode.commands.executeCommand('notebook.cell.edit');
    const editor = await until(() => vscode.window.activeTextEditor);
    assert.equal(editor.document, notebook.cellAt(0).document);
    editor.selection = new vscode.Selection(0, 0, 0, text.length);
    await explain(api);
    const renamed = file.with({ path: file.path.replace('.ipynb', '-renamed.ipynb') });
    await move(file, renamed);
    const after = await until(() => vscode.workspace.notebookDocuments.find(({ uri }) => uri.path === renamed.path));
    await follows(after.cellAt(0).document.uri, `${path.basename(renamed.path)}, cell 1 1`);
  });

  it('stays when its language changes and when its editor is split', async () => {
    const editor = await openText(text, 0, text.length);
    await explain(api);
    await vscode.languages.setTextDocumentLanguage(editor.document, 'markdown');
    await vscode.commands.executeCommand('workbench.action.splitEditorDown');
    await follows(editor.document.uri, `${path.basename(editor.document.fileName)} 1`);
  });

  it('is followed as the first context to compare, and as a prompt', async () => {
    const editor = await openText(text, 0, text.length);
    await run('compareFirst');
    await run('generate');
    const renamed = sibling(editor, '-twice.txt');
    await move(editor.document.uri, renamed);
    await until(() => {
      const { restore } = api.generation();
      return (
        restore?.prompt.place?.uri === renamed.toString() &&
        restore.prompt.label?.startsWith(path.basename(renamed.path))
      );
    });
    await openText('Another text.', 0, 13);
    await run('compareWithFirst');
    const comparison = api.comparison();
    assert.equal(comparison.kind === 'open' && comparison.contexts[0].place.uri, renamed.toString());
    await run('closeGeneration');
  });
});
