import type * as vscode from 'vscode';

/** A symbol of either kind that providers give: with its children, or alone. */
export type SymbolLike = vscode.DocumentSymbol | vscode.SymbolInformation;

/**
 * Where the blocks of a document begin that lie before an offset or hold it: functions, classes, statements. Of what lies
 * inside of a block, only where that holds the offset too.
 *
 * @returns ascending offsets, each at the start of a line where nothing else stands before it
 */
export function blockStarts(
  document: Pick<vscode.TextDocument, 'offsetAt' | 'lineAt'>,
  symbols: readonly SymbolLike[],
  offset: number,
): readonly number[] {
  const starts = new Set<number>();
  const visit = (level: readonly SymbolLike[]): void => {
    for (const symbol of level) {
      const range = 'location' in symbol ? symbol.location.range : symbol.range;
      const start = document.offsetAt(range.start);
      if (start >= offset) continue;
      const { firstNonWhitespaceCharacterIndex: indent } = document.lineAt(range.start.line);
      starts.add(indent < range.start.character ? start : start - range.start.character);
      if ('children' in symbol && document.offsetAt(range.end) > offset) visit(symbol.children);
    }
  };
  visit(symbols);
  return [...starts].sort((a, b) => a - b);
}
