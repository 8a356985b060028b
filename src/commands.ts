import * as vscode from 'vscode';
import { mayContinue, mayExplain } from './editor/askFirst.ts';
import { promptOf } from './editor/editorPrompt.ts';
import { withPreceding } from './editor/precedingText.ts';
import { fileTarget, targetOf } from './editor/target.ts';
import { whyNoEditor } from './editor/whyNoEditor.ts';
import { examples } from './examples/catalog.ts';
import { chooseExample, openExample } from './examples/exampleFiles.ts';
import type { Host } from './host.ts';
import { DisposableStore } from './lifecycle.ts';
import { isExportFormat } from './protocol/exportFormat.ts';
import { chooseFormat } from './views/exportPick.ts';

/** Does the work; answers with the reason where it cannot be done now. */
type Command = (host: Host, argument: unknown) => Promise<string | undefined> | string | undefined;

/** Every command exists from activation on. */
const commands: Readonly<Record<string, Command>> = {
  async explain({ explainer, meantEditor: { editor } }) {
    if (editor === undefined) return whyNoEditor();
    if (!(await mayExplain(editor))) return undefined;
    const target = targetOf(editor);
    if (typeof target === 'string') return target;
    await explainer.explain(target);
    return undefined;
  },
  async explainWithPreceding({ explainer, meantEditor: { editor } }) {
    if (editor === undefined) return whyNoEditor();
    const target = targetOf(editor);
    if (typeof target === 'string') return target;
    if (target.source.preceding === 'nothing') {
      return vscode.l10n.t('No text precedes the selection: run Explain Attention.');
    }
    await explainer.explain(await withPreceding(editor.document, target));
    return undefined;
  },
  async explainFile({ explainer, meantEditor: { editor } }) {
    if (editor === undefined) return whyNoEditor();
    const target = fileTarget(editor.document);
    if (typeof target === 'string') return target;
    await explainer.explain(target);
    return undefined;
  },
  async rerun({ explainer }) {
    return (await explainer.rerun()) ? undefined : nothingExplained();
  },
  cancel({ explainer, comparer, stepper }) {
    const cancelled = [explainer.cancel(), comparer.cancel(), stepper.cancel()];
    return cancelled.includes(true) ? undefined : vscode.l10n.t('Nothing is running.');
  },
  pinToken({ explainer }, token) {
    return isIndex(token) && explainer.pin(token) ? undefined : nothingExplained();
  },
  clearPin({ explainer }) {
    return explainer.pin(undefined) ? undefined : nothingExplained();
  },
  showPanel({ explainer }, token) {
    return explainer.show(isIndex(token) ? token : undefined) ? undefined : nothingExplained();
  },
  /** @param file one of the examples; asks which one without it */
  async openExample({ explainer }, file) {
    const example = examples.find((one) => one.file === file) ?? (await chooseExample());
    if (example === undefined) return undefined;
    const target = targetOf(await openExample(example));
    if (typeof target === 'string') return target;
    await explainer.explain(target);
    return undefined;
  },
  async export({ explainer }, format) {
    const chosen = isExportFormat(format) ? format : await chooseFormat();
    return chosen && explainer.exportAs(chosen);
  },
  async compare({ comparer, meantEditor: { editor } }) {
    return editor === undefined ? whyNoEditor() : comparer.compare(editor);
  },
  async compareFirst({ comparer, meantEditor: { editor } }) {
    return editor === undefined ? whyNoEditor() : comparer.takeFirst(editor);
  },
  async compareWithFirst({ comparer, meantEditor: { editor } }) {
    return editor === undefined ? whyNoEditor() : comparer.compareWithFirst(editor);
  },
  async generate({ stepper, meantEditor: { editor } }) {
    if (editor !== undefined && !(await mayContinue(editor))) return undefined;
    const prompt = editor === undefined ? undefined : promptOf(editor);
    if (typeof prompt === 'string') return prompt;
    // Without an editor the view asks for a prompt.
    await vscode.commands.executeCommand('explainAttention.generation.focus');
    if (prompt !== undefined) await stepper.start(prompt);
    return undefined;
  },
  async insertGenerated({ stepper, meantEditor: { editor } }) {
    const text = stepper.generatedText;
    if (!text) return nothingGenerated();
    if (editor === undefined) return whyNoEditor();
    const inserted = await editor.edit((edit) => editor.selections.forEach(({ active }) => edit.insert(active, text)));
    return inserted ? undefined : vscode.l10n.t('This document cannot be changed: copy the text instead.');
  },
  async copyGenerated({ stepper }) {
    const text = stepper.generatedText;
    if (!text) return nothingGenerated();
    await vscode.env.clipboard.writeText(text);
    return undefined;
  },
  closeGeneration({ stepper }) {
    return stepper.close() ? undefined : nothingGenerated();
  },
  async openWalkthrough({ walkthrough }) {
    await vscode.commands.executeCommand('workbench.action.openWalkthrough', walkthrough, false);
    return undefined;
  },
  showLog({ log }) {
    log.show();
    return undefined;
  },
  restartModel({ modelProcess }) {
    if (modelProcess.id === undefined) return vscode.l10n.t('No model process is running: the next run starts one.');
    modelProcess.restart();
    return undefined;
  },
};

export function registerCommands(load: () => Promise<Host>): DisposableStore {
  const store = new DisposableStore();
  for (const [name, command] of Object.entries(commands)) {
    store.add(
      vscode.commands.registerCommand(`explainAttention.${name}`, async (argument: unknown) => {
        const reason = await command(await load(), argument);
        if (reason !== undefined) void vscode.window.showInformationMessage(reason);
      }),
    );
  }
  return store;
}

function nothingExplained(): string {
  return vscode.l10n.t('Nothing is explained yet: select text and run Explain Attention.');
}

function nothingGenerated(): string {
  return vscode.l10n.t('Nothing is generated yet: run Step Through Generation.');
}

function isIndex(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
