import * as vscode from 'vscode';
import { registerCommands } from './commands.ts';
import { Configuration } from './configuration.ts';
import { Explainer } from './explainer.ts';
import { ModelProcess } from './modelProcess.ts';
import type { GenerationSnapshot } from './protocol/generationViewWire.ts';
import type { PanelSnapshot } from './protocol/panelWire.ts';
import { Stepper } from './stepper.ts';
import { PANEL_TYPE } from './views/attentionPanel.ts';
import { GENERATION_VIEW, GenerationView } from './views/generationView.ts';

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
}

export function activate({
  subscriptions,
  extensionUri,
  globalStorageUri,
}: vscode.ExtensionContext): ExplainAttentionApi {
  const log = vscode.window.createOutputChannel('Explain Attention', { log: true });
  subscriptions.push(log);
  const configuration = new Configuration(extensionUri);
  const modelProcess = new ModelProcess({
    modulePath: vscode.Uri.joinPath(extensionUri, 'dist', 'modelProcess.mjs').fsPath,
    cacheFolder: vscode.Uri.joinPath(globalStorageUri, 'taps').fsPath,
    log,
    settings: configuration,
  });
  subscriptions.push(modelProcess);
  subscriptions.push(configuration.onDidChangeProcess(() => modelProcess.restart()));
  const explainer = new Explainer({ extensionUri, modelProcess, configuration, log });
  subscriptions.push(explainer);
  subscriptions.push(vscode.window.registerWebviewPanelSerializer(PANEL_TYPE, explainer));
  const stepper = new Stepper({ modelProcess, configuration, log });
  subscriptions.push(stepper);
  const view = new GenerationView(extensionUri, stepper, log);
  subscriptions.push(vscode.window.registerWebviewViewProvider(GENERATION_VIEW, view));
  subscriptions.push(registerCommands({ explainer, stepper, modelProcess, log }));
  return {
    snapshot: () => explainer.snapshot(),
    modelProcessId: () => modelProcess.id,
    openDisposables: () => explainer.size,
    generation: () => stepper.snapshot(),
    generationDisposables: () => stepper.size,
  };
}
