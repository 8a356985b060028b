import * as vscode from 'vscode';
import type { Target } from '../explanation.ts';
import { blockStarts, type SymbolLike } from './blockStarts.ts';
import { describeSource, rangeOf } from './target.ts';

/** Most UTF-16 units that are sent of what precedes a selection: more than any run reads. */
const LONGEST_PRECEDING = 2 ** 18;

/** A language server that only just starts is not waited for. */
const SYMBOLS_WAIT_MS = 1000;

/**
 * The same selection, to be explained with what precedes it in its document.
 *
 * @param from where that may begin
 * @returns the target itself where no text precedes it
 */
export async function withPreceding(document: vscode.TextDocument, target: Target, from = 0): Promise<Target> {
  const { selection, source } = target;
  if (source.preceding === 'nothing') return target;
  const symbols = await symbolsOf(document);
  const start = beginning(document, selection.start, from);
  const before = document.getText(rangeOf(document, { start, end: selection.start }));
  const blocks = blockStarts(document, symbols, selection.start).filter((block) => block > start);
  const places = { selection, explained: { start, end: selection.start + target.text.length } };
  return {
    ...target,
    text: before + target.text,
    preceding: { length: before.length, starts: [0, ...blocks.map((block) => block - start)] },
    source: describeSource(document, places, source.note),
  };
}

/** A line start that is not too far away, or `from` where that is nearer. */
function beginning(document: vscode.TextDocument, selectionStart: number, from: number): number {
  const farthest = selectionStart - LONGEST_PRECEDING;
  if (from >= farthest) return Math.min(from, selectionStart);
  const { line } = document.positionAt(farthest);
  return Math.min(selectionStart, document.offsetAt(new vscode.Position(line + 1, 0)));
}

async function symbolsOf({ uri }: vscode.TextDocument): Promise<readonly SymbolLike[]> {
  const asked = vscode.commands.executeCommand<readonly SymbolLike[] | undefined>(
    'vscode.executeDocumentSymbolProvider',
    uri,
  );
  const late = new Promise<undefined>((resolve) => {
    setTimeout(() => resolve(undefined), SYMBOLS_WAIT_MS);
  });
  try {
    return (await Promise.race([asked, late])) ?? [];
  } catch {
    return [];
  }
}
