import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { placesOf } from '../../src/protocol/compareSchemas.ts';
import { type CompareDelegate, ComparePanel } from '../../src/views/comparePanel.ts';
import { activateExtension, closeEverything, inBothPrecisions, until } from './support.ts';

const slice = {
  run: 1,
  heads: { kind: 'mean', heads: 'all' },
  quantity: 'weight',
  rows: { start: 0, end: 1 },
  columns: { start: 0, end: 2 },
  block: { rows: 1, columns: 1 },
  pooling: 'max',
};

/** A page that sends these messages to the host and all answers back. */
function hostilePage(messages: readonly unknown[]): string {
  return `<!DOCTYPE html><html><body><script>
    const api = acquireVsCodeApi();
    window.addEventListener('message', ({ data }) => api.postMessage({ answer: data, bytes: data.result?.data?.byteLength }));
    for (const message of ${JSON.stringify(messages)}) api.postMessage(message);
  </script></body></html>`;
}

interface Answer {
  readonly answer: { readonly id: number; readonly error?: { readonly data?: { readonly code: string } } };
  readonly bytes?: number;
}

describe('Messages of the view «Compare Contexts»', () => {
  const calls: unknown[] = [];
  const delegate: CompareDelegate = {
    snapshot: () => ({ kind: 'empty' }),
    slice: async (request) => {
      calls.push(request);
      // A view of a larger buffer, as the model process may send it.
      return { rows: 1, columns: 2, data: new Float32Array([9, 0.25, 0.75, 9]).subarray(1, 3) };
    },
    peaks: async () => ({ withoutFirstRow: 1, withoutFirstColumn: 1 }),
    inspect: async () => ({ kind: 'reads', layers: 1, width: 1, vectors: new Float32Array(1) }),
    reveal: (request) => calls.push(request),
    act: (action) => calls.push(action),
  };

  async function exchange(messages: readonly unknown[], answers: number): Promise<readonly Answer[]> {
    const { extensionUri } = vscode.extensions.getExtension('explain-attention.explain-attention') ?? {};
    assert.ok(extensionUri);
    const log = vscode.window.createOutputChannel('Test', { log: true });
    const webviewPanel = vscode.window.createWebviewPanel('test', 'Test', vscode.ViewColumn.One);
    const panel = new ComparePanel(webviewPanel, extensionUri, delegate, log, () => undefined);
    const received: Answer[] = [];
    webviewPanel.webview.onDidReceiveMessage((message: Partial<Answer>) => {
      if (message.answer) received.push(message as Answer);
    });
    webviewPanel.webview.html = hostilePage([{ jsonrpc: '2.0', id: 0, method: 'compare/ready' }, ...messages]);
    await until(() => received.length > answers);
    panel.dispose();
    log.dispose();
    return received.slice(1);
  }

  before(activateExtension);

  beforeEach(() => calls.splice(0));

  afterEach(closeEverything);

  it('are answered with exactly the bytes of a slice', async () => {
    const answers = await exchange(inBothPrecisions('compare/slice', slice), 2);
    assert.deepEqual(calls, [slice, slice]);
    assert.deepEqual(
      answers.map(({ bytes }) => bytes),
      [8, 4],
    );
  });

  it('are left aside or refused where they have not the right shape', async () => {
    const reveal = { run: 1, token: 3 };
    const wrong = [
      null,
      'text',
      { jsonrpc: '2.0', method: 'compare/action', params: { action: 'deleteEverything' } },
      { jsonrpc: '2.0', method: 'compare/reveal', params: { ...reveal, token: -1 } },
      { jsonrpc: '2.0', method: 'compare/reveal', params: { ...reveal, extra: true } },
      { jsonrpc: '2.0', method: 'panel/reveal', params: { token: 1 } },
      { jsonrpc: '2.0', method: 'compare/unknown' },
      {
        jsonrpc: '2.0',
        id: 1,
        method: 'compare/slice',
        params: { ...slice, precision: 'single', columns: { start: 0, end: 5000 } },
      },
      { jsonrpc: '2.0', id: 2, method: 'compare/inspect', params: { run: 1, question: { kind: 'reads', token: -1 } } },
    ];
    const answers = await exchange([...wrong, { jsonrpc: '2.0', method: 'compare/reveal', params: reveal }], 2);
    await until(() => calls.length > 0);
    assert.deepEqual(
      answers.map(({ answer }) => [answer.id, answer.error?.data?.code]),
      [
        [1, 'internal'],
        [2, 'internal'],
      ],
    );
    assert.deepEqual(calls, [reveal]);
  });

  it('of a page that kept something else over a reload are no places', () => {
    const place = { uri: 'file:///a.txt', start: 0, end: 5 };
    assert.deepEqual(
      placesOf({ places: [place, { ...place, word: { start: 1, end: 3 } }], view: 'anything' })?.length,
      2,
    );
    for (const state of [undefined, {}, { places: [place] }, { places: [place, { ...place, start: -1 }] }]) {
      assert.equal(placesOf(state), undefined);
    }
  });
});
