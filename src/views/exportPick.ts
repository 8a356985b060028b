import * as vscode from 'vscode';
import { type ExportFormat, exportFormats } from '../protocol/exportFormat.ts';

/** Asks in which form what is shown is to be taken away. */
export async function chooseFormat(): Promise<ExportFormat | undefined> {
  const items = exportFormats.map((format) => ({ format, ...describe(format) }));
  const placeHolder = vscode.l10n.t('Take away what the Attention panel shows');
  return (await vscode.window.showQuickPick(items, { placeHolder, matchOnDescription: true }))?.format;
}

function describe(format: ExportFormat): { readonly label: string; readonly description: string } {
  switch (format) {
    case 'png':
      return { label: vscode.l10n.t('Picture (PNG)'), description: vscode.l10n.t('The matrix as it is shown, 2×') };
    case 'svg':
      return {
        label: vscode.l10n.t('Picture (SVG)'),
        description: vscode.l10n.t('The matrix as it is shown, vectors'),
      };
    case 'csv':
      return {
        label: vscode.l10n.t('Numbers (CSV)'),
        description: vscode.l10n.t('The whole matrix of the chosen heads'),
      };
    case 'json':
      return {
        label: vscode.l10n.t('Numbers (JSON)'),
        description: vscode.l10n.t('The whole matrix, tokens and model'),
      };
    case 'safetensors':
      return {
        label: vscode.l10n.t('Numbers (safetensors)'),
        description: vscode.l10n.t('The whole matrix, for Python'),
      };
    case 'markdown':
      return {
        label: vscode.l10n.t('Table (Markdown)'),
        description: vscode.l10n.t('The pinned token and its partners'),
      };
    case 'copyMarkdown':
      return { label: vscode.l10n.t('Copy Table'), description: vscode.l10n.t('The same, to the clipboard') };
    case 'commandLine':
      return { label: vscode.l10n.t('Copy Command Line'), description: vscode.l10n.t('Computes these numbers again') };
  }
}
