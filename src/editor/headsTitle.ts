import * as vscode from 'vscode';
import type { HeadSelection, Quantity } from '../protocol/run.ts';

/** Which heads are looked at, as a title. */
export function headsTitle(selection: HeadSelection): string {
  if (selection.kind === 'head') return vscode.l10n.t('Layer {0}, head {1}', selection.layer, selection.head);
  if (selection.kind === 'rollout') return vscode.l10n.t('Rollout through layer {0}', selection.layer);
  if (selection.heads === 'all') {
    return selection.kind === 'mean' ? vscode.l10n.t('Mean of all heads') : vscode.l10n.t('Maximum of all heads');
  }
  return selection.kind === 'mean'
    ? vscode.l10n.t('Mean of {0} heads', selection.heads.length)
    : vscode.l10n.t('Maximum of {0} heads', selection.heads.length);
}

/** What the cells of a matrix hold, as the head of a column. */
export function quantityTitle(quantity: Quantity): string {
  return quantity === 'weight' ? vscode.l10n.t('Weight') : vscode.l10n.t('Value-weighted norm');
}
