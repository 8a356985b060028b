import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import * as vscode from 'vscode';
import type { ExplainAttentionApi } from '../../src/extension.ts';
import { activateExtension, closeEverything, explain, hoverAt, openText, ready, run, until } from './support.ts';

const prefix = 'Some text before. ';
const text = 'The animal was tired.';
const start = prefix.length;
const end = start + text.length;

describe('Editing after an explanation', () => {
  let api: ExplainAttentionApi;
  let editor: vscode.TextEditor;

  before(async () => {
    api = await activateExtension();
  });

  beforeEach(async () => {
    editor = await openText(`${prefix}${text} Some text after.`, start, end);
    await explain(api);
  });

  afterEach(closeEverything);

  function insert(offset: number, inserted: string): Thenable<boolean> {
    return editor.edit((edit) => edit.insert(editor.document.positionAt(offset), inserted));
  }

  it('before the text moves it', async () => {
    await insert(0, 'More.\n');
    const { stale, restore, source } = ready(api);
    assert.deepEqual([stale, restore.start, restore.end, source.firstLine], [false, start + 6, end + 6, 2]);
    assert.match(await hoverAt(editor.document, start + 6 + 7), /of `imal`/);
    assert.equal(await hoverAt(editor.document, 3), '');
  });

  it('after the text changes nothing', async () => {
    await insert(end, ' More.');
    const { stale, restore } = ready(api);
    assert.deepEqual([stale, restore.start, restore.end], [false, start, end]);
  });

  it('inside of the text makes it stale until undo brings it back', async () => {
    await insert(start + 4, 'big ');
    assert.equal(ready(api).stale, true);
    assert.equal(await hoverAt(editor.document, start + 6), '');
    await vscode.commands.executeCommand('undo');
    await until(() => !ready(api).stale);
    assert.match(await hoverAt(editor.document, start + 6), /of `imal`/);
  });

  it('is taken in by running again', async () => {
    await insert(start + 4, 'big ');
    await run('rerun');
    const { summary, stale } = ready(api);
    assert.deepEqual([summary.text, stale], ['The big animal was tired.', false]);
  });

  it('that ends with the document closed leaves the result, marked, until it is open again', async () => {
    await close();
    assert.match(ready(api).source.note ?? '', /closed/);
    await vscode.workspace.openTextDocument(editor.document.uri);
    await until(() => ready(api).source.note === undefined);
    assert.equal(ready(api).stale, false);
  });

  it('leaves a failure that says what to do when the document is gone', async () => {
    await close();
    await rm(editor.document.fileName);
    await run('rerun');
    const snapshot = api.snapshot();
    assert.equal(snapshot.kind === 'failed' && snapshot.failure.code, 'emptyText');
  });

  async function close(): Promise<void> {
    await vscode.commands.executeCommand('workbench.action.focusFirstEditorGroup');
    await vscode.commands.executeCommand('workbench.action.closeActiveEditor');
    await until(() => editor.document.isClosed);
  }
});
