import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { type Context, contextsOf } from '../../src/editor/contexts.ts';
import type { ExplainAttentionApi } from '../../src/extension.ts';
import type { CompareSnapshot, ContextState } from '../../src/protocol/compareWire.ts';
import { activateExtension, closeEverything, openText, run, until } from './support.ts';

const [first, second] = ['The crane flew away.', 'The crane lifted a car.'] as const;
const cranes = `${first}\n${second}\n`;

type Ready = Extract<ContextState, { kind: 'ready' }>;

function range(line: number, start: number, end: number): vscode.Selection {
  return new vscode.Selection(line, start, line, end);
}

describe('Compare Contexts', () => {
  let api: ExplainAttentionApi;

  before(async () => {
    api = await activateExtension();
  });

  afterEach(closeEverything);

  function contexts(): readonly [Ready, Ready] {
    const snapshot: CompareSnapshot = api.comparison();
    assert.ok(snapshot.kind === 'open', JSON.stringify(snapshot));
    const [one, other] = snapshot.contexts;
    assert.ok(one.kind === 'ready' && other.kind === 'ready', JSON.stringify(snapshot));
    return [one, other];
  }

  function texts(): readonly string[] {
    return contexts().map(({ summary }) => summary.text);
  }

  it('compares two selections at once, in the order of the document', async () => {
    const editor = await openText(cranes);
    editor.selections = [range(1, 0, second.length), range(0, 0, first.length)];
    await run('compare');
    assert.deepEqual(texts(), [first, second]);
    const [one, other] = contexts();
    assert.notEqual(one.summary.run, other.summary.run);
    assert.deepEqual([one.place.word, one.source.note, other.source.firstLine], [undefined, undefined, 2]);
  });

  it('compares the words at two carets in their lines, and says so', async () => {
    const editor = await openText(cranes);
    editor.selections = [range(0, 6, 6), range(1, 4, 9)];
    await run('compare');
    assert.deepEqual(texts(), [first, second]);
    for (const { place, source } of contexts()) {
      assert.deepEqual(place.word, { start: 4, end: 9 });
      assert.match(source.note ?? '', /line/);
    }
  });

  it('takes one selection first, and compares the next one with it', async () => {
    const editor = await openText(cranes, 0, first.length);
    await run('compare');
    assert.deepEqual(api.comparison(), { kind: 'empty' });
    editor.selection = range(1, 0, second.length);
    await run('compare');
    assert.deepEqual(texts(), [first, second]);
    // That pair is done: the next one begins anew.
    editor.selection = range(1, 4, 20);
    await run('compare');
    assert.deepEqual(texts(), [first, second]);
  });

  it('keeps the first one for further comparisons, through edits elsewhere in its document', async () => {
    const editor = await openText(cranes, 0, first.length);
    await run('compareFirst');
    await editor.edit((edit) => edit.insert(new vscode.Position(0, 0), 'Birds.\n'));
    editor.selection = range(2, 0, second.length);
    await run('compareWithFirst');
    assert.deepEqual([...texts(), contexts()[0].place.start], [first, second, 7]);
    editor.selection = range(2, 4, 22);
    await run('compareWithFirst');
    assert.deepEqual(texts(), [first, second.slice(4, 22)]);
  });

  it('compares nothing with a first text that changed', async () => {
    const editor = await openText(cranes, 0, first.length);
    await run('compareFirst');
    await editor.edit((edit) => edit.replace(range(0, 4, 9), 'heron'));
    editor.selection = range(1, 0, second.length);
    await run('compareWithFirst');
    assert.deepEqual(api.comparison(), { kind: 'empty' });
    // Compare Contexts says it once, and begins anew.
    for (const line of [1, 0, 1]) {
      editor.selection = range(line, 0, 19);
      await run('compare');
    }
    assert.deepEqual(texts(), ['The heron flew away', 'The crane lifted a ']);
  });

  it('compares two words of one line', async () => {
    const editor = await openText(first);
    editor.selections = [range(0, 11, 11), range(0, 5, 5)];
    await run('compare');
    assert.deepEqual(
      contexts().map(({ place }) => place.word?.start),
      [4, 10],
    );
  });

  it('compares a text with itself where a word occurs twice, and only there', async () => {
    const editor = await openText(`${first}\nThe crane saw a crane.`, 0, first.length);
    await run('compareFirst');
    await run('compareWithFirst');
    assert.deepEqual(api.comparison(), { kind: 'empty' });
    editor.selection = range(1, 0, 22);
    await run('compareFirst');
    await run('compareWithFirst');
    assert.deepEqual(texts(), ['The crane saw a crane.', 'The crane saw a crane.']);
  });

  it('opens nothing for a blank line', async () => {
    const editor = await openText('\n\n');
    assert.match(contextsOf(editor) as string, /blank/);
    await run('compare');
    assert.deepEqual(api.comparison(), { kind: 'empty' });
  });

  it('takes a selection of more than a word as it is', async () => {
    const editor = await openText(cranes);
    const found = (selection: vscode.Selection): Context => {
      editor.selections = [selection];
      const [context] = contextsOf(editor);
      assert.ok(typeof context === 'object');
      return context;
    };
    assert.equal(found(range(0, 4, 14)).target.text, 'crane flew');
    assert.deepEqual([found(range(0, 4, 7)).target.text, found(range(0, 4, 7)).word], [first, { start: 4, end: 9 }]);
  });

  it('says when a text changed, and runs both again', async () => {
    const editor = await openText(cranes);
    editor.selections = [range(0, 0, first.length), range(1, 0, second.length)];
    await run('compare');
    await editor.edit((edit) => edit.replace(range(1, 4, 9), 'heron'));
    await until(() => contexts()[1].stale);
    assert.equal(contexts()[0].stale, false);
  });

  it('is held apart from Explain Attention, and frees its runs when it is closed', async () => {
    const editor = await openText(cranes, 0, first.length);
    await run('explain');
    editor.selections = [range(0, 0, first.length), range(1, 0, second.length)];
    await run('compare');
    assert.equal(api.snapshot().kind, 'ready');
    assert.ok(api.comparisonDisposables() > 0);
    await closeEverything();
    await until(() => api.comparisonDisposables() === 0);
    assert.deepEqual(api.comparison(), { kind: 'empty' });
  });

  it('reports a process that is lost while it runs', async () => {
    const editor = await openText(cranes);
    editor.selections = [range(0, 0, first.length), range(1, 0, second.length)];
    await run('restartModel');
    const running = run('compare');
    const held = await until(() => api.comparison().kind === 'open' && api.modelProcessId());
    process.kill(held, 'SIGKILL');
    await running;
    const snapshot = api.comparison();
    assert.ok(snapshot.kind === 'open');
    const failed = snapshot.contexts.find((context) => context.kind === 'failed');
    assert.equal(failed?.failure.code, 'processLost');
  });
});
