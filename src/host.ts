import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';
import { Comparer } from './comparer.ts';
import { Configuration } from './configuration.ts';
import { MeantEditor } from './editor/meantEditor.ts';
import { Explainer } from './explainer.ts';
import { DisposableStore } from './lifecycle.ts';
import { ModelProcess } from './modelProcess.ts';
import { Stepper } from './stepper.ts';
import { GenerationView } from './views/generationView.ts';

/** All that commands and views need, built when the first of them is used. */
export class Host implements vscode.Disposable {
  private readonly store = new DisposableStore();
  readonly log: vscode.LogOutputChannel;
  /** Id of the walkthrough in package.json. */
  readonly walkthrough: string;
  readonly modelProcess: ModelProcess;
  readonly meantEditor: MeantEditor;
  readonly explainer: Explainer;
  readonly comparer: Comparer;
  readonly stepper: Stepper;
  readonly generationView: GenerationView;

  constructor({ extensionUri, globalStorageUri, extension }: vscode.ExtensionContext) {
    const { store } = this;
    // The words that the views share come from this library, in the language of VS Code.
    if (vscode.l10n.bundle) l10n.config({ contents: vscode.l10n.bundle });
    const log = store.add(vscode.window.createOutputChannel('Explain Attention', { log: true }));
    const configuration = new Configuration(extensionUri);
    const modelProcess = store.add(
      new ModelProcess({
        modulePath: vscode.Uri.joinPath(extensionUri, 'dist', 'modelProcess.mjs').fsPath,
        cacheFolder: vscode.Uri.joinPath(globalStorageUri, 'taps').fsPath,
        log,
        settings: configuration,
      }),
    );
    store.add(configuration.onDidChangeProcess(() => modelProcess.restart()));
    this.log = log;
    this.walkthrough = `${extension.id}#learn`;
    this.meantEditor = store.add(new MeantEditor());
    this.modelProcess = modelProcess;
    const { version } = extension.packageJSON as { readonly version: string };
    this.explainer = store.add(new Explainer({ extensionUri, version, modelProcess, configuration, log }));
    this.comparer = store.add(new Comparer({ extensionUri, modelProcess, configuration, log }));
    this.stepper = store.add(new Stepper({ modelProcess, configuration, log }));
    this.generationView = new GenerationView(extensionUri, this.stepper, log);
  }

  dispose(): void {
    this.store.dispose();
  }
}
