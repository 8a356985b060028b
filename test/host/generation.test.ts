import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { ExplainAttentionApi } from '../../src/extension.ts';
import type { GenerationSnapshot } from '../../src/protocol/generationViewWire.ts';
import { activateExtension, closeEverything, openText, run, until } from './support.ts';

const sentence = 'The animal did not cross the road because it was';

describe('Step Through Generation', () => {
  let api: ExplainAttentionApi;

  before(async () => {
    api = await activateExtension();
  });

  afterEach(async () => {
    await run('closeGeneration');
    await closeEverything();
  });

  function ready(): Extract<GenerationSnapshot, { kind: 'ready' }> {
    const snapshot = api.generation();
    assert.ok(snapshot.kind === 'ready', JSON.stringify(snapshot));
    return snapshot;
  }

  it('starts from the selection', async () => {
    await openText(`first\n${sentence}\nlast`, 6, 6 + sentence.length);
    await run('generate');
    const { origin, restore, state } = ready();
    assert.equal(origin.prompt, sentence);
    assert.deepEqual([restore.prompt.place?.start, restore.prompt.note, state.taken], [6, undefined, 0]);
  });

  it('starts from the text up to the caret, and says so, when nothing is selected', async () => {
    await openText(`${sentence} tired.`, sentence.length);
    await run('generate');
    const { origin, restore } = ready();
    assert.equal(origin.prompt, sentence);
    assert.match(restore.prompt.note ?? '', /up to the caret/);
  });

  it('frees everything when it is ended, and keeps what can be started again', async () => {
    await openText(sentence, 0, sentence.length);
    await run('generate');
    assert.ok(api.generationDisposables() > 0);
    await run('closeGeneration');
    assert.equal(api.generationDisposables(), 0);
    const snapshot = api.generation();
    assert.equal(snapshot.kind === 'idle' && snapshot.restore?.prompt.text, sentence);
  });

  it('reports a process that is lost while it starts', async () => {
    await openText(sentence, 0, sentence.length);
    await run('restartModel');
    const starting = run('generate');
    const held = await until(() => api.generation().kind === 'starting' && api.modelProcessId());
    process.kill(held, 'SIGKILL');
    await starting;
    const snapshot = api.generation();
    assert.equal(snapshot.kind === 'failed' && snapshot.failure.code, 'processLost');
    await run('generate');
    assert.equal(ready().origin.prompt, sentence);
  });

  it('has nothing to insert before a step', async () => {
    const editor = await openText(sentence, 0, sentence.length);
    await run('generate');
    await run('insertGenerated');
    assert.equal(editor.document.getText(), sentence);
    await vscode.commands.executeCommand('workbench.action.closeSidebar');
  });
});
