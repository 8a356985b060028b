import * as vscode from 'vscode';
import { lineEnds, linesOf } from '../protocol/lines.ts';
import type { Source } from '../protocol/panelWire.ts';

/**
 * A source with the title of what is explained: the lines of the selection, and those before it.
 *
 * @param text that is explained
 * @param preceding UTF-16 units of it before the selection
 */
export function titled(source: Omit<Source, 'label'>, text: string, preceding: number): Source {
  const { fileName, firstLine } = source;
  const before = text.slice(0, preceding);
  const start = firstLine + lineEnds(before);
  const end = start + Math.max(1, linesOf(text.slice(preceding))) - 1;
  const label = start === end ? `${fileName} ${start}` : `${fileName} ${start}–${end}`;
  if (preceding === 0) return { ...source, label };
  const lastBefore = firstLine + lineEnds(before.trimEnd());
  return { ...source, label: withLinesBefore(label, firstLine, lastBefore, start) };
}

function withLinesBefore(label: string, first: number, last: number, start: number): string {
  if (first < last) return vscode.l10n.t('{0} with lines {1}–{2} before it', label, first, last);
  return last < start
    ? vscode.l10n.t('{0} with line {1} before it', label, first)
    : vscode.l10n.t('{0} with the beginning of its line', label);
}
