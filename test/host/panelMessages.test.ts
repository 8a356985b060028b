import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { Focus } from '../../src/protocol/panelWire.ts';
import { AttentionPanel, type PanelDelegate } from '../../src/views/attentionPanel.ts';
import { activateExtension, closeEverything, inBothPrecisions, until } from './support.ts';

const focus: Focus = { heads: { kind: 'head', layer: 1, head: 2 }, quantity: 'weight', direction: 'looksAt', token: 3 };

const slice = {
  run: 1,
  heads: { kind: 'mean', heads: 'all' },
  quantity: 'weight',
  rows: { start: 0, end: 1 },
  columns: { start: 0, end: 2 },
  block: { rows: 1, columns: 1 },
  pooling: 'max',
};

/** A page that sends these messages to the host and all answers back as the parameters of `panel/hover`. */
function hostilePage(messages: readonly unknown[]): string {
  return `<!DOCTYPE html><html><body><script>
    const api = acquireVsCodeApi();
    window.addEventListener('message', ({ data }) => api.postMessage({ answer: data, bytes: data.result?.data?.byteLength }));
    for (const message of ${JSON.stringify(messages)}) api.postMessage(message);
  </script></body></html>`;
}

describe('Messages of the panel', () => {
  const calls: unknown[] = [];
  const delegate: PanelDelegate = {
    snapshot: () => ({ kind: 'empty' }),
    slice: async (request) => {
      calls.push(request);
      // A view of a larger buffer, as the model process may send it.
      return { rows: 1, columns: 2, data: new Float32Array([9, 0.25, 0.75, 9]).subarray(1, 3) };
    },
    overview: async () => ({ side: 1, data: new Float32Array(1) }),
    peaks: async () => ({ withoutFirstRow: 1, withoutFirstColumn: 1 }),
    inspect: async () => ({ kind: 'distances', layers: 1, heads: 1, distances: new Float32Array(1) }),
    focus: (received) => calls.push(received),
    hover: (token) => calls.push(token),
    reveal: (token) => calls.push(token),
    act: (action) => calls.push(action),
    export: (format) => calls.push(format),
  };

  function openPanel(): { readonly webviewPanel: vscode.WebviewPanel; readonly panel: AttentionPanel } {
    const { extensionUri } = vscode.extensions.getExtension('explain-attention.explain-attention') ?? {};
    assert.ok(extensionUri);
    const log = vscode.window.createOutputChannel('Test', { log: true });
    const webviewPanel = vscode.window.createWebviewPanel('test', 'Test', vscode.ViewColumn.One);
    webviewPanel.onDidDispose(() => log.dispose());
    return { webviewPanel, panel: new AttentionPanel(webviewPanel, extensionUri, delegate, log, () => undefined) };
  }

  async function exchange(messages: readonly unknown[], answers: number): Promise<readonly Answer[]> {
    const { webviewPanel, panel } = openPanel();
    const received: Answer[] = [];
    webviewPanel.webview.onDidReceiveMessage((message: Partial<Answer>) => {
      if (message.answer) received.push(message as Answer);
    });
    webviewPanel.webview.html = hostilePage([{ jsonrpc: '2.0', id: 0, method: 'panel/ready' }, ...messages]);
    await until(() => received.length > answers);
    panel.dispose();
    return received.slice(1);
  }

  /** A page that is there, and answers the request for a picture or leaves it. */
  function drawingPage(picture: object | undefined): string {
    return `<!DOCTYPE html><html><body><script>
      const api = acquireVsCodeApi();
      const picture = ${picture === undefined ? 'undefined' : JSON.stringify(picture)};
      window.addEventListener('message', ({ data }) => {
        if (data.method !== 'panel/picture') return;
        api.postMessage({ jsonrpc: '2.0', method: 'panel/hover', params: { token: picture ? 2 : 1 } });
        if (picture) api.postMessage({ jsonrpc: '2.0', id: data.id, result: picture });
      });
      api.postMessage({ jsonrpc: '2.0', id: 0, method: 'panel/ready' });
    </script></body></html>`;
  }

  const { token } = new vscode.CancellationTokenSource();
  const svg = {
    kind: 'svg',
    text: '<?xml version="1.0" encoding="UTF-8"?>\n<svg xmlns="http://www.w3.org/2000/svg" />',
  };

  interface Answer {
    readonly answer: { readonly id: number; readonly error?: { readonly data?: { readonly code: string } } };
    readonly bytes?: number;
  }

  before(activateExtension);

  beforeEach(() => calls.splice(0));

  afterEach(closeEverything);

  it('are answered with exactly the bytes of a slice', async () => {
    const answers = await exchange(inBothPrecisions('panel/slice', slice), 2);
    assert.deepEqual(calls, [slice, slice]);
    assert.deepEqual(
      answers.map(({ bytes }) => bytes),
      [8, 4],
    );
  });

  it('are waited for where a picture is drawn, over pages that are loaded again', async () => {
    const { webviewPanel, panel } = openPanel();
    webviewPanel.webview.html = '';
    const drawn = panel.picture({ run: 1, format: 'svg' }, token);
    webviewPanel.webview.html = drawingPage(undefined);
    await until(() => calls.includes(1));
    webviewPanel.webview.html = drawingPage(svg);
    assert.deepEqual(await drawn, svg);
    panel.dispose();
  });

  for (const [what, html, isThere] of [
    ['before its page is loaded', '', () => true],
    ['while its page draws', drawingPage(undefined), () => calls.includes(1)],
  ] as const) {
    it(`are waited for until the panel is closed, ${what}`, async () => {
      const { webviewPanel, panel } = openPanel();
      webviewPanel.webview.html = html;
      const drawn = panel.picture({ run: 1, format: 'svg' }, token);
      await until(isThere);
      panel.dispose();
      await assert.rejects(drawn, /The panel was closed/);
    });
  }

  it('are left aside or refused where they have not the right shape', async () => {
    const wrong = [
      null,
      'text',
      { jsonrpc: '2.0', method: 'panel/action', params: { action: 'deleteEverything' } },
      { jsonrpc: '2.0', method: 'panel/export', params: { format: 'exe' } },
      { jsonrpc: '2.0', method: 'panel/focus', params: { ...focus, token: -1 } },
      { jsonrpc: '2.0', method: 'panel/focus', params: { ...focus, extra: true } },
      { jsonrpc: '2.0', method: 'panel/hover', params: { token: 0.5 } },
      { jsonrpc: '2.0', method: 'panel/reveal', params: {} },
      { jsonrpc: '2.0', method: 'panel/unknown' },
      {
        jsonrpc: '2.0',
        id: 1,
        method: 'panel/slice',
        params: { ...slice, precision: 'single', columns: { start: 0, end: 5000 } },
      },
      { jsonrpc: '2.0', id: 2, method: 'panel/overview', params: [] },
      { jsonrpc: '2.0', id: 3, method: 'panel/inspect', params: { run: 1, question: { kind: 'row', layer: 0 } } },
    ];
    const right = { jsonrpc: '2.0', method: 'panel/focus', params: focus };
    const answers = await exchange([...wrong, right], 3);
    assert.deepEqual(
      answers.map(({ answer }) => [answer.id, answer.error?.data?.code]),
      [
        [1, 'internal'],
        [2, 'internal'],
        [3, 'internal'],
      ],
    );
    assert.deepEqual(calls, [focus]);
  });
});
