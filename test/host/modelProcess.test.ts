import assert from 'node:assert/strict';
import { homedir } from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import type { ExplainAttentionApi } from '../../src/extension.ts';
import { activateExtension, closeEverything, explain, hoverAt, openText, ready, run, until } from './support.ts';

const sentence = 'The animal did not cross the road because it was tired. ';
const long = sentence.repeat(30);

describe('The model process', () => {
  let api: ExplainAttentionApi;

  before(async () => {
    api = await activateExtension();
  });

  afterEach(closeEverything);

  /** Starts a run and holds its process, so that the run stays under way. */
  async function explainAndHold(): Promise<{ running: Promise<void>; held: number }> {
    await openText(long, 0, long.length);
    const running = run('explain');
    const held = await until(() => api.snapshot().kind === 'running' && api.modelProcessId());
    process.kill(held, 'SIGSTOP');
    return { running, held };
  }

  it('lost in the middle of a run fails that run, and the next one works', async () => {
    const { running, held } = await explainAndHold();
    process.kill(held, 'SIGKILL');
    await running;
    const snapshot = api.snapshot();
    assert.equal(snapshot.kind === 'failed' && snapshot.failure.code, 'processLost');
    await run('rerun');
    assert.ok(long.startsWith(ready(api).summary.text));
    assert.notEqual(api.modelProcessId(), held);
  });

  it('lost between requests is replaced without a word', async () => {
    const editor = await openText(sentence, 0, sentence.length);
    await explain(api);
    const lost = api.modelProcessId();
    assert.ok(lost);
    process.kill(lost, 'SIGKILL');
    await until(() => api.modelProcessId() === undefined);
    assert.match(await hoverAt(editor.document, 6), /of `imal`/);
    assert.equal(ready(api).summary.text, sentence);
  });

  it('that does not answer a cancellation is replaced, while the panel shows it as cancelled at once', async () => {
    const { running, held } = await explainAndHold();
    await run('cancel');
    const snapshot = api.snapshot();
    assert.equal(snapshot.kind === 'stopped' && snapshot.reason, 'cancelled');
    await running;
    await run('rerun');
    assert.ok(long.startsWith(ready(api).summary.text));
    assert.notEqual(api.modelProcessId(), held);
  });

  it('is restarted on demand, and an open explanation survives', async () => {
    const editor = await openText(sentence, 0, sentence.length);
    await explain(api);
    const before = api.modelProcessId();
    await run('restartModel');
    assert.match(await hoverAt(editor.document, 6), /of `imal`/);
    assert.notEqual(api.modelProcessId(), before);
  });

  it('stops when it is idle and comes back by itself', async () => {
    const settings = vscode.workspace.getConfiguration('explainAttention');
    await settings.update('idleMinutes', 0.005, vscode.ConfigurationTarget.Global);
    try {
      const editor = await openText(sentence, 0, sentence.length);
      await explain(api);
      await until(() => api.modelProcessId() === undefined);
      assert.match(await hoverAt(editor.document, 6), /of `imal`/);
    } finally {
      await settings.update('idleMinutes', undefined, vscode.ConfigurationTarget.Global);
    }
  });

  it('runs a model whose KV cache is in half precision, whatever the Node.js of this VS Code keeps halves in', async () => {
    const settings = vscode.workspace.getConfiguration('explainAttention');
    const { extensionPath } = vscode.extensions.getExtension('explain-attention.explain-attention')!;
    const model = path.join(extensionPath, 'test', 'vectors', 'llama-fp16');
    await settings.update('modelFolder', model, vscode.ConfigurationTarget.Global);
    try {
      await openText(long, 0, long.length);
      const { summary } = await explain(api);
      assert.equal(summary.model.name, 'llama-fp16');
      // More than one pass, each seeing the ones before through the cache.
      assert.ok(summary.tokens.length > 128, String(summary.tokens.length));
      await run('generate');
      const snapshot = api.generation();
      assert.equal(snapshot.kind, 'ready', JSON.stringify(snapshot));
      await run('closeGeneration');
    } finally {
      await settings.update('modelFolder', undefined, vscode.ConfigurationTarget.Global);
    }
  });

  it('reports a model folder that holds no model', async () => {
    const settings = vscode.workspace.getConfiguration('explainAttention');
    await settings.update('modelFolder', '/nowhere', vscode.ConfigurationTarget.Global);
    try {
      await openText(sentence, 0, sentence.length);
      await run('explain');
      const snapshot = api.snapshot();
      assert.ok(snapshot.kind === 'failed');
      assert.equal(snapshot.failure.code, 'modelFolder');
      assert.match(snapshot.failure.message, /^There is no folder .*nowhere\.$/);
    } finally {
      await settings.update('modelFolder', undefined, vscode.ConfigurationTarget.Global);
    }
  });

  it('takes a model folder as it is usually written, and says how it was understood', async () => {
    const settings = vscode.workspace.getConfiguration('explainAttention');
    const { extensionPath } = vscode.extensions.getExtension('explain-attention.explain-attention')!;
    const model = path.relative(homedir(), path.join(extensionPath, 'test', 'vectors', 'gpt2'));
    try {
      await openText(sentence, 0, sentence.length);
      for (const written of [`~/${model}`, `\${userHome}/${model}/`, `"~/${model}"`, model]) {
        await settings.update('modelFolder', written, vscode.ConfigurationTarget.Global);
        assert.equal((await explain(api)).summary.model.name, 'gpt2');
      }
      for (const [written, understood] of [
        ['~/no-such-model', path.join(homedir(), 'no-such-model')],
        ['./no-such-model', path.join(homedir(), 'no-such-model')],
        ['/a/${env:NO_SUCH_VARIABLE}/x', path.resolve('/a/${env:NO_SUCH_VARIABLE}/x')],
      ] as const) {
        await settings.update('modelFolder', written, vscode.ConfigurationTarget.Global);
        await run('explain');
        const snapshot = api.snapshot();
        assert.equal(snapshot.kind === 'failed' && snapshot.failure.message, `There is no folder ${understood}.`);
      }
    } finally {
      await settings.update('modelFolder', undefined, vscode.ConfigurationTarget.Global);
    }
  });
});
