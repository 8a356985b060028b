import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { ExplainAttentionApi } from '../../src/extension.ts';
import { activateExtension, closeEverything, explain, hoverAt, openText, ready, run, until } from './support.ts';

const sentence = 'The animal did not cross the road because it was tired.';
const long = `${sentence}\n`.repeat(300);

describe('Cancelling', () => {
  let api: ExplainAttentionApi;

  before(async () => {
    api = await activateExtension();
  });

  afterEach(closeEverything);

  /** Runs a command whose work takes long, cancels it, and waits for the command to end. */
  async function cancelled(command: string, isRunning: () => boolean, cancel: () => Promise<void>): Promise<void> {
    const ended = run(command);
    await until(isRunning);
    await cancel();
    await ended;
  }

  const isRunning = (): boolean => api.snapshot().kind === 'running';

  it('brings the earlier result back as it was, with its pin, its marks and its numbers', async () => {
    const editor = await openText(`${sentence}\n${long}`, 0, sentence.length);
    await explain(api);
    await run('pinToken', 3);
    const before = ready(api);
    const held = api.openDisposables();
    await cancelled('explainFile', isRunning, () => run('cancel'));
    assert.deepEqual(ready(api), before);
    assert.equal(api.openDisposables(), held);
    assert.match(await hoverAt(editor.document, sentence.indexOf('road')), /of `/);
  });

  it('brings back what was explained of a text that changed since', async () => {
    const editor = await openText(sentence, 0, sentence.length);
    await explain(api);
    await editor.edit((edit) => edit.insert(editor.document.positionAt(10), 'word '.repeat(3000)));
    assert.equal(ready(api).stale, true);
    await cancelled('rerun', isRunning, () => run('cancel'));
    assert.deepEqual([ready(api).stale, ready(api).summary.text], [true, sentence]);
  });

  it('is no failure where nothing was explained before', async () => {
    await openText(long, 0, long.length);
    await cancelled('explain', isRunning, () => run('cancel'));
    const snapshot = api.snapshot();
    assert.ok(snapshot.kind === 'stopped', snapshot.kind);
    assert.deepEqual([snapshot.reason, snapshot.length], ['cancelled', long.length]);
  });

  it('keeps the earlier result for a text that can’t be explained', async () => {
    await openText(sentence, 0, sentence.length);
    await explain(api);
    const settings = vscode.workspace.getConfiguration('explainAttention');
    await settings.update('modelFolder', '/nowhere', true);
    try {
      await run('rerun');
      const snapshot = api.snapshot();
      assert.ok(snapshot.kind === 'failed' && snapshot.hasEarlier, JSON.stringify(snapshot));
    } finally {
      await settings.update('modelFolder', undefined, true);
    }
  });

  it('brings an earlier comparison back', async () => {
    const editor = await openText(`${sentence}\n${sentence}\n${long}`);
    editor.selections = [new vscode.Selection(0, 0, 0, 20), new vscode.Selection(1, 0, 1, 30)];
    await run('compare');
    const before = api.comparison();
    const held = api.comparisonDisposables();
    editor.selections = [new vscode.Selection(0, 0, 0, 20), new vscode.Selection(2, 0, 300, 0)];
    await cancelled(
      'compare',
      () => kindsOf(api).includes('running'),
      async () => {
        await until(() => kindsOf(api)[0] === 'ready');
        await run('cancel');
      },
    );
    assert.deepEqual(api.comparison(), before);
    assert.equal(api.comparisonDisposables(), held);
  });
});

function kindsOf(api: ExplainAttentionApi): readonly string[] {
  const comparison = api.comparison();
  return comparison.kind === 'open' ? comparison.contexts.map(({ kind }) => kind) : [];
}
