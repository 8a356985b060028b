import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { describeSource } from '../../src/editor/target.ts';
import type { ExplainAttentionApi } from '../../src/extension.ts';
import { activateExtension, closeEverything, explain, openText, run, until } from './support.ts';

const sentence = 'The animal was tired. ';
const line = sentence.repeat(300);

describe('What the user points out', () => {
  let api: ExplainAttentionApi;
  const { showInformationMessage } = vscode.window;
  let asked: string[] = [];

  /** Stands for the user who answers with the choice of that place, or with none. */
  function answerWith(place: number | undefined): void {
    asked = [];
    Reflect.set(vscode.window, 'showInformationMessage', async (message: string, ...choices: string[]) => {
      asked.push(message);
      return place === undefined ? undefined : choices[place];
    });
  }

  before(async () => {
    api = await activateExtension();
  });

  after(() => Reflect.set(vscode.window, 'showInformationMessage', showInformationMessage));

  afterEach(closeEverything);

  it('by a caret in a very long line is asked about, and nothing runs without an answer', async () => {
    await openText(line, 3000);
    answerWith(undefined);
    await run('explain');
    assert.deepEqual(api.snapshot(), { kind: 'empty' });
    assert.match(asked.join(), /this line has 6,600 characters/);
  });

  it('by a caret in a very long line may be the line after all', async () => {
    await openText(line, 3000);
    answerWith(0);
    assert.equal((await explain(api)).restore.end, line.length);
  });

  it('by a caret in a very long line may be what stands around the caret', async () => {
    const editor = await openText(line, 3000);
    answerWith(1);
    const { restore } = await explain(api);
    assert.deepEqual([restore.start, restore.end], [2500, 3500]);
    assert.equal(editor.document.offsetAt(editor.selection.start), 2500);
  });

  it('by a caret behind a very long text, or by a word in a very long line, is asked about too', async () => {
    const editor = await openText(`${line}\n${line}`, line.length);
    answerWith(undefined);
    await run('generate');
    assert.equal(api.generation().kind, 'idle');
    editor.selections = [new vscode.Selection(0, 5, 0, 5), new vscode.Selection(1, 5, 1, 5)];
    await run('compare');
    assert.equal(api.comparison().kind, 'empty');
    assert.equal(asked.length, 2);
  });

  it('is in the visible editor while the panel has the focus', async () => {
    const editor = await openText(sentence, 0, 10);
    await explain(api);
    editor.selection = new vscode.Selection(0, 4, 0, 10);
    await run('showPanel');
    await until(() => vscode.window.tabGroups.activeTabGroup.activeTab?.input instanceof vscode.TabInputWebview);
    assert.equal((await explain(api)).summary.text, 'animal');
  });

  it('is not covered by the panel', async () => {
    await openText(sentence, 0, 10);
    const { restore } = await explain(api);
    await run('showPanel');
    await until(() => vscode.window.tabGroups.activeTabGroup.activeTab?.input instanceof vscode.TabInputWebview);
    await vscode.window.showTextDocument(vscode.Uri.parse(restore.uri), { viewColumn: vscode.ViewColumn.Two });
    await vscode.commands.executeCommand('workbench.action.closeEditorsInOtherGroups');
    const editor = await until(() => vscode.window.activeTextEditor);
    editor.selection = new vscode.Selection(0, 4, 0, 10);
    assert.equal((await explain(api)).summary.text, 'animal');
    assert.ok(vscode.window.visibleTextEditors.some(({ document }) => document === editor.document));
  });

  it('is named in a search editor', async () => {
    await openText(sentence);
    await vscode.commands.executeCommand('search.action.openNewEditor');
    const editor = await until(() =>
      vscode.window.visibleTextEditors.find(({ document }) => document.uri.scheme === 'search-editor'),
    );
    const start = { start: 0, end: 1 };
    assert.equal(
      describeSource(editor.document, { selection: start, explained: start }, undefined).label,
      'Search Editor 1',
    );
  });
});
