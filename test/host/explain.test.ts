import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { lineAt, lineOffsets } from '../../src/protocol/lines.ts';
import type { ExplainAttentionApi } from '../../src/extension.ts';
import { activateExtension, closeEverything, explain, hoverAt, openText, ready, run, until } from './support.ts';

const sentence = 'The animal did not cross the road because it was tired.';

describe('Explain Attention', () => {
  let api: ExplainAttentionApi;

  before(async () => {
    api = await activateExtension();
  });

  afterEach(closeEverything);

  it('explains the selection', async () => {
    await openText(`first line\n${sentence}\nlast line`, 11, 11 + sentence.length);
    const { summary, source, stale, restore } = await explain(api);
    assert.equal(summary.text, sentence);
    assert.equal(summary.tokens.filter(({ end }) => end >= 0).at(-1)?.end, sentence.length);
    assert.deepEqual([source.firstLine, source.note, stale], [2, undefined, false]);
    assert.deepEqual([restore.start, restore.end], [11, 11 + sentence.length]);
  });

  it('explains the line, and says so, when nothing is selected', async () => {
    await openText(`    ${sentence}\nmore`, 8);
    const { summary, source } = await explain(api);
    assert.equal(summary.text, sentence);
    assert.match(source.note ?? '', /line/);
  });

  it('counts the lines of a file with \\r\\n as VS Code does', async () => {
    const { document } = await openText('one\r\n\r\n  two;\r\n}\r\n\r\nthree\r\n');
    await run('explainFile');
    const { summary, source } = ready(api);
    const offsets = lineOffsets(summary.text);
    const counted = summary.tokens.filter(({ start }) => start >= 0).map(({ start }) => lineAt(offsets, start));
    const expected = summary.tokens
      .filter(({ start }) => start >= 0)
      .map(({ start }) => document.positionAt(start).line);
    assert.deepEqual([source.firstLine, counted], [1, expected]);
    assert.equal(offsets.length, document.lineCount);
  });

  it('explains the whole file, whatever is selected', async () => {
    const text = `    ${sentence}\nmore\n`;
    await openText(text, 4, 7);
    await run('explainFile');
    assert.equal(ready(api).summary.text, text);
    assert.equal(ready(api).source.note, undefined);
  });

  it('explains the first of several selections, and says so', async () => {
    const editor = await openText(sentence);
    editor.selections = [new vscode.Selection(0, 4, 0, 10), new vscode.Selection(0, 0, 0, 3)];
    const { summary, source } = await explain(api);
    assert.equal(summary.text, 'animal');
    assert.match(source.note ?? '', /2 ranges/);
  });

  for (const [what, text] of [
    ['an empty document', ''],
    ['a blank line', '\n\n'],
  ] as const) {
    it(`opens no panel for ${what}`, async () => {
      await openText(text);
      await run('explain');
      assert.deepEqual(api.snapshot(), { kind: 'empty' });
    });
  }

  it('keeps CRLF and emoji apart in UTF-16 units', async () => {
    const text = 'a\r\n👩‍💻 é — 漢字\r\nend';
    const document = await vscode.workspace.openTextDocument({ content: text });
    const editor = await vscode.window.showTextDocument(document, vscode.ViewColumn.One);
    await editor.edit((edit) => edit.setEndOfLine(vscode.EndOfLine.CRLF));
    editor.selection = new vscode.Selection(0, 0, document.lineCount, 0);
    const { summary } = await explain(api);
    assert.equal(summary.text, document.getText());
    const emoji = document.getText().indexOf('é');
    assert.ok(await hoverAt(document, emoji));
  });

  it('explains a notebook cell', async () => {
    const cell = new vscode.NotebookCellData(vscode.NotebookCellKind.Code, 'x = 1\ny = x + 1', 'python');
    const notebook = await vscode.workspace.openNotebookDocument('jupyter-notebook', new vscode.NotebookData([cell]));
    await vscode.window.showNotebookDocument(notebook, { viewColumn: vscode.ViewColumn.One });
    await vscode.commands.executeCommand('notebook.cell.edit');
    const editor = await until(() => vscode.window.activeTextEditor);
    editor.selection = new vscode.Selection(1, 0, 1, 9);
    const { summary, source } = await explain(api);
    assert.equal(summary.text, 'y = x + 1');
    assert.match(source.label, /cell 1/);
    assert.ok(await hoverAt(editor.document, 6));
  });

  it('cuts a selection of megabytes and reports its whole length', async () => {
    const text = `${sentence}\n`.repeat(100_000);
    await openText(text, 0, text.length);
    const settings = vscode.workspace.getConfiguration('explainAttention');
    await settings.update('memoryBudgetMB', 32, vscode.ConfigurationTarget.Global);
    try {
      const { summary, source } = await explain(api);
      assert.equal(summary.cut?.reason, 'memory');
      assert.equal(summary.cut.totalLines, 100_000);
      const lines = summary.text.split('\n').filter((line) => line !== '').length;
      assert.match(source.label, new RegExp(`^text-\\d+\\.txt 1–${lines}$`));
      assert.equal(summary.cut.totalLength, text.length);
      assert.equal(summary.cut.usedLength, summary.text.length);
      assert.ok(text.startsWith(summary.text));
    } finally {
      await settings.update('memoryBudgetMB', undefined, vscode.ConfigurationTarget.Global);
    }
  });

  it('keeps the extension host free while the model computes', async () => {
    let ticks = 0;
    const timer = setInterval(() => {
      const snapshot = api.snapshot();
      if (snapshot.kind === 'running' && snapshot.stage === 'running') ticks++;
    }, 10);
    await openText(sentence.repeat(40), 0, sentence.length * 40);
    // A machine that is busy with other things may hold the host back for one run.
    for (let i = 0; i < 3; i++) await explain(api);
    clearInterval(timer);
    assert.ok(ticks >= 3, `${ticks} ticks`);
  });

  it('keeps queries and keys of a long text in the precision that is set', async () => {
    const text = `${sentence}\n`.repeat(140);
    await openText(text, 0, text.length);
    const settings = vscode.workspace.getConfiguration('explainAttention');
    await settings.update('longTextPrecision', 'half', vscode.ConfigurationTarget.Global);
    try {
      const { summary } = await explain(api);
      assert.equal(summary.weights.kind === 'computed' && summary.weights.precision, 'half');
    } finally {
      await settings.update('longTextPrecision', undefined, vscode.ConfigurationTarget.Global);
    }
    await run('rerun');
    const { weights } = ready(api).summary;
    assert.equal(weights.kind === 'computed' && weights.precision, 'single');
  });

  it('drops the answer of the older of two quick runs', async () => {
    // Long enough to be seen running.
    const editor = await openText(`${sentence} ${'Another one. '.repeat(700)}`, 0, 9000);
    const older = run('explain');
    await until(() => api.snapshot().kind === 'running');
    editor.selection = new vscode.Selection(0, 4, 0, 10);
    await Promise.all([older, run('explain')]);
    assert.equal(ready(api).summary.text, 'animal');
  });

  it('holds nothing after the panel is closed', async () => {
    const editor = await openText(sentence, 0, sentence.length);
    await explain(api);
    assert.ok(api.openDisposables() > 0);
    await closeEverything();
    await until(() => api.openDisposables() === 0);
    assert.deepEqual(api.snapshot(), { kind: 'empty' });
    assert.equal(await hoverAt(editor.document, 5), '');
  });
});
