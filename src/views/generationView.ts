import * as vscode from 'vscode';
import { ContextKey } from '../contextKey.ts';
import { DisposableStore } from '../lifecycle.ts';
import type {
  AttentionRow,
  AttentionRowRequest,
  CacheNorms,
  CacheNormsRequest,
  GenerationId,
  PolicyEffect,
  TriangleRequest,
} from '../protocol/generation.ts';
import {
  changeSchema,
  effectSchema,
  generationActionSchema,
  normsSchema,
  restorePointOf,
  rowSchema,
  startSchema,
  triangleSchema,
} from '../protocol/generationViewSchemas.ts';
import {
  type ChangeRequest,
  type GenerationAction,
  type GenerationRestorePoint,
  type GenerationSnapshot,
  type Prompt,
  viewAction,
  viewChange,
  viewEffect,
  viewNorms,
  viewReady,
  viewRow,
  viewSnapshot,
  viewStart,
  viewTriangle,
} from '../protocol/generationViewWire.ts';
import { exactBuffer } from '../protocol/packed.ts';
import type { Slice } from '../protocol/run.ts';
import { pageHtml, pageOptions } from './pageHtml.ts';
import { type PageContract, WebviewChannel } from './webviewChannel.ts';

/** What the view asks of the host. Messages have the right shape; whether they fit the generation is checked here. */
export interface GenerationDelegate {
  readonly onDidChange: vscode.Event<GenerationSnapshot>;
  snapshot(): GenerationSnapshot;
  /** Takes what the view kept over a reload of the window. */
  offer(point: GenerationRestorePoint): void;
  start(prompt: Prompt): Promise<void>;
  change(request: ChangeRequest, token: vscode.CancellationToken): Promise<GenerationSnapshot>;
  row(request: AttentionRowRequest, token: vscode.CancellationToken): Promise<AttentionRow>;
  triangle(request: TriangleRequest, token: vscode.CancellationToken): Promise<Slice>;
  norms(request: CacheNormsRequest, token: vscode.CancellationToken): Promise<CacheNorms>;
  effect(generation: GenerationId, token: vscode.CancellationToken): Promise<PolicyEffect>;
  /** The view is out of sight: it explains nothing in the editor. */
  hidden(): void;
  act(action: GenerationAction): void;
  close(): boolean;
}

/** The side-bar view «Step Through Generation». Hiding it keeps the generation, disposing it frees that. */
export class GenerationView implements vscode.WebviewViewProvider {
  private readonly isGenerating = new ContextKey('generating');

  constructor(
    private readonly extensionUri: vscode.Uri,
    private readonly delegate: GenerationDelegate,
    private readonly log: vscode.LogOutputChannel,
  ) {}

  resolveWebviewView(view: vscode.WebviewView, { state }: vscode.WebviewViewResolveContext): void {
    const { delegate, log } = this;
    const store = new DisposableStore();
    const channel = store.add(
      new WebviewChannel(
        view.webview,
        viewReady,
        () => delegate.snapshot(),
        (page) => serve(page, delegate),
        log,
      ),
    );
    store.add(
      delegate.onDidChange((snapshot) => {
        channel.notify(viewSnapshot, snapshot);
        this.isGenerating.set(snapshot.kind === 'ready');
      }),
    );
    store.add(
      view.onDidChangeVisibility(() => {
        if (!view.visible) delegate.hidden();
      }),
    );
    view.onDidDispose(() => {
      store.dispose();
      delegate.close();
      this.isGenerating.set(false);
    });
    const point = restorePointOf(state);
    if (point !== undefined) delegate.offer(point);
    view.webview.options = pageOptions(this.extensionUri);
    const title = vscode.l10n.t('Step Through Generation');
    view.webview.html = pageHtml(view.webview, this.extensionUri, 'generation', title);
  }
}

function serve(page: PageContract, delegate: GenerationDelegate): void {
  page.answer(
    viewChange,
    changeSchema,
    (request, token) => delegate.change(request, token),
    (snapshot) => snapshot,
  );
  page.answer(
    viewRow,
    rowSchema,
    (request, token) => delegate.row(request, token),
    ({ weights, ...row }) => ({ ...row, weights: exactBuffer(weights) }),
  );
  page.answer(
    viewTriangle,
    triangleSchema,
    (request, token) => delegate.triangle(request, token),
    ({ data, ...slice }) => ({ ...slice, data: exactBuffer(data) }),
  );
  page.answer(
    viewNorms,
    normsSchema,
    (request, token) => delegate.norms(request, token),
    ({ positions, keys, values }) => ({ positions, keys: exactBuffer(keys), values: exactBuffer(values) }),
  );
  page.answer(
    viewEffect,
    effectSchema,
    ({ generation }, token) => delegate.effect(generation, token),
    (effect) => effect,
  );
  page.hear(viewStart, startSchema, ({ text }) => {
    void delegate.start({ text, label: undefined, note: undefined, place: undefined });
  });
  page.hear(viewAction, generationActionSchema, ({ action }) => delegate.act(action));
}
