import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { LONGEST_PROMPT } from '../../src/protocol/generationLimits.ts';
import { type GenerationDelegate, GenerationView } from '../../src/views/generationView.ts';
import { activateExtension, closeEverything, until } from './support.ts';

const heads = { kind: 'mean', heads: 'all' } as const;
const change = { generation: 1, change: { kind: 'step', token: 7 } } as const;
const row = { generation: 1, heads, position: 3 } as const;
const idle = { kind: 'idle', restore: undefined } as const;

/** A page that sends these messages to the host and all answers back. */
function hostilePage(messages: readonly unknown[]): string {
  return `<!DOCTYPE html><html><body><script>
    const api = acquireVsCodeApi();
    window.addEventListener('message', ({ data }) =>
      api.postMessage({ answer: data, bytes: data.result?.weights?.byteLength }));
    for (const message of ${JSON.stringify(messages)}) api.postMessage(message);
  </script></body></html>`;
}

describe('Messages of the view «Step Through Generation»', () => {
  const calls: unknown[] = [];
  const heard = new vscode.EventEmitter<typeof idle>();
  const shown = new vscode.EventEmitter<void>();
  const delegate: GenerationDelegate = {
    onDidChange: heard.event,
    snapshot: () => idle,
    offer: (point) => calls.push(point),
    start: async ({ text }) => void calls.push(text),
    change: async (request) => {
      calls.push(request);
      return idle;
    },
    row: async (request) => {
      calls.push(request);
      // A view of a larger buffer, as the model process may send it.
      return { position: 3, keys: [0, 1], weights: new Float32Array([9, 0.25, 0.75, 9]).subarray(1, 3) };
    },
    triangle: async () => ({ rows: 1, columns: 1, data: new Float32Array(1) }),
    norms: async () => ({ positions: [0], keys: new Float32Array(1), values: new Float32Array(1) }),
    effect: async () => Promise.reject(new Error('not asked for')),
    hidden: () => undefined,
    act: (action) => calls.push(action),
    close: () => false,
  };

  interface Answer {
    readonly answer: { readonly id: number; readonly error?: { readonly data?: { readonly code: string } } };
    readonly bytes?: number;
  }

  /** Lets a page talk to the view's side of the host. @param state what the page had kept over a reload */
  async function exchange(messages: readonly unknown[], answers: number, state?: unknown): Promise<readonly Answer[]> {
    const { extensionUri } = vscode.extensions.getExtension('explain-attention.explain-attention') ?? {};
    assert.ok(extensionUri);
    const log = vscode.window.createOutputChannel('Test', { log: true });
    // A panel stands in for the side bar: to the host both are a webview.
    const panel = vscode.window.createWebviewPanel('test', 'Test', vscode.ViewColumn.One);
    const received: Answer[] = [];
    new GenerationView(extensionUri, delegate, log).resolveWebviewView(
      {
        webview: panel.webview,
        viewType: panel.viewType,
        visible: true,
        onDidDispose: panel.onDidDispose,
        onDidChangeVisibility: shown.event,
        show: () => undefined,
      },
      { state },
    );
    panel.webview.onDidReceiveMessage((message: Partial<Answer>) => {
      if (message.answer) received.push(message as Answer);
    });
    panel.webview.html = hostilePage([{ jsonrpc: '2.0', id: 0, method: 'view/ready' }, ...messages]);
    await until(() => received.length > answers);
    panel.dispose();
    log.dispose();
    return received.slice(1);
  }

  before(activateExtension);

  beforeEach(() => calls.splice(0));

  afterEach(closeEverything);

  after(() => [heard, shown].forEach((emitter) => emitter.dispose()));

  it('are answered with exactly the bytes of a row', async () => {
    const [answer] = await exchange([{ jsonrpc: '2.0', id: 1, method: 'view/row', params: row }], 1);
    assert.deepEqual([calls, answer?.bytes], [[row], 8]);
  });

  it('are left aside or refused where they have not the right shape', async () => {
    const request = (id: number, method: string, params: unknown) => ({ jsonrpc: '2.0', id, method, params });
    const tell = (method: string, params: unknown) => ({ jsonrpc: '2.0', method, params });
    const window = { kind: 'window', window: 0, sinks: 0 };
    const sampling = { temperature: -1, topK: 0, topP: 1, seed: 0 };
    const refused = [
      ['view/change', { ...change, change: { kind: 'step', token: -1 } }],
      ['view/change', { ...change, change: { kind: 'deleteEverything' } }],
      ['view/change', { ...change, change: { kind: 'goTo', taken: 0.5 } }],
      ['view/change', { ...change, change: { kind: 'policy', policy: window } }],
      ['view/change', { ...change, change: { kind: 'sampling', sampling } }],
      ['view/row', { ...row, heads: { kind: 'head', layer: -1, head: 0 } }],
      ['view/triangle', { generation: 1, heads, resolution: 1e9 }],
      ['view/norms', { generation: 1, layer: '0' }],
      ['view/effect', []],
    ] as const;
    const wrong = [
      null,
      'text',
      tell('view/action', { action: 'deleteEverything' }),
      tell('view/start', { text: 'a'.repeat(LONGEST_PROMPT + 1) }),
      tell('view/start', { text: 1 }),
      tell('view/unknown', {}),
      ...refused.map(([method, params], index) => request(index + 1, method, params)),
    ];
    const answers = await exchange([...wrong, request(refused.length + 1, 'view/change', change)], refused.length + 1);
    assert.deepEqual(
      answers.map(({ answer }) => [answer.id, answer.error?.data?.code]),
      [...refused.map((_, index) => [index + 1, 'internal']), [refused.length + 1, undefined]],
    );
    assert.deepEqual(calls, [change]);
  });

  it('of a reloaded window are offered only where they are a restore point', async () => {
    const sampling = { temperature: 0, topK: 0, topP: 1, seed: 0 };
    const restore = { prompt: { text: 'a' }, tokens: [], taken: 5, policy: { kind: 'full' }, sampling };
    for (const state of [
      null,
      'text',
      { restore: { ...restore, taken: -1 } },
      { restore: { ...restore, tokens: 1 } },
    ]) {
      await exchange([], 0, state);
    }
    assert.deepEqual(calls, []);
    await exchange([], 0, { restore });
    assert.deepEqual(
      calls.map((point) => (point as typeof restore).taken),
      [0],
    );
  });
});
