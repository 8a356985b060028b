import * as vscode from 'vscode';
import { registerCommands } from './commands.ts';
import { EXAMPLE_SCHEME } from './examples/catalog.ts';
import { ExampleFiles } from './examples/exampleFiles.ts';
import type { Host } from './host.ts';
import { DisposableStore } from './lifecycle.ts';
import type { CompareSnapshot } from './protocol/compareWire.ts';
import type { GenerationSnapshot } from './protocol/generationViewWire.ts';
import type { PanelSnapshot } from './protocol/panelWire.ts';
import { COMPARE_TYPE, GENERATION_VIEW, PANEL_TYPE } from './views/names.ts';

/** What `activate` hands to other extensions; the tests look in through it. */
export interface ExplainAttentionApi {
  /** What the panel shows. */
  snapshot(): PanelSnapshot;
  /** Process id of the model process while it runs. */
  modelProcessId(): number | undefined;
  /** Disposables held for the open panel: 0 without one. */
  openDisposables(): number;
  /** What the view «Step Through Generation» shows. */
  generation(): GenerationSnapshot;
  /** Disposables held for the open generation: 0 without one. */
  generationDisposables(): number;
  /** What the view «Compare Contexts» shows. */
  comparison(): CompareSnapshot;
  /** Disposables held for that view: 0 without one. */
  comparisonDisposables(): number;
}

/** Registers what VS Code calls; the code behind it is loaded by the first call. */
export function activate(context: vscode.ExtensionContext): ExplainAttentionApi {
  const store = new DisposableStore();
  context.subscriptions.push(store);
  let host: Host | undefined;
  const load = async (): Promise<Host> => {
    const module = await import('./host.ts');
    return (host ??= store.add(new module.Host(context)));
  };
  store.add(registerCommands(load));
  store.add(
    vscode.workspace.registerFileSystemProvider(EXAMPLE_SCHEME, new ExampleFiles(context.extensionUri), {
      isReadonly: true,
    }),
  );
  store.add(
    vscode.window.registerWebviewPanelSerializer(PANEL_TYPE, {
      deserializeWebviewPanel: async (panel, state) => (await load()).explainer.deserializeWebviewPanel(panel, state),
    }),
  );
  store.add(
    vscode.window.registerWebviewPanelSerializer(COMPARE_TYPE, {
      deserializeWebviewPanel: async (panel, state) => (await load()).comparer.deserializeWebviewPanel(panel, state),
    }),
  );
  store.add(
    vscode.window.registerWebviewViewProvider(GENERATION_VIEW, {
      resolveWebviewView: async (view, resolve) => (await load()).generationView.resolveWebviewView(view, resolve),
    }),
  );
  return {
    snapshot: () => host?.explainer.snapshot() ?? { kind: 'empty' },
    modelProcessId: () => host?.modelProcess.id,
    openDisposables: () => host?.explainer.size ?? 0,
    generation: () => host?.stepper.snapshot() ?? { kind: 'idle', restore: undefined },
    generationDisposables: () => host?.stepper.size ?? 0,
    comparison: () => host?.comparer.snapshot() ?? { kind: 'empty' },
    comparisonDisposables: () => host?.comparer.size ?? 0,
  };
}
