import * as vscode from 'vscode';
import { HEAT_LEVELS } from '../attention/heat.ts';
import { DisposableStore } from '../lifecycle.ts';
import { rangeOf } from './target.ts';
import type { OffsetRange } from './trackedText.ts';

/** What is drawn into the editors of a document. */
export interface Marks {
  readonly pinned: OffsetRange | undefined;
  readonly lit: OffsetRange | undefined;
  /** Ranges of each heat level, from level 1 up. */
  readonly heat: readonly (readonly OffsetRange[])[];
}

/** Heat from this level on is marked in the ruler beside the text too: partners that are out of sight. */
const RULER_FROM = 3;

const nothing: Marks = { pinned: undefined, lit: undefined, heat: [] };

/** Draws marks into every visible editor of one document. */
export class EditorDecorations implements vscode.Disposable {
  private readonly store = new DisposableStore();
  private readonly heat = Array.from({ length: HEAT_LEVELS }, (_, index) => this.store.add(heatDecoration(index + 1)));
  private readonly pinned = this.store.add(
    vscode.window.createTextEditorDecorationType({
      outline: '1px solid',
      outlineColor: color('pinned'),
      overviewRulerColor: color('pinned'),
      overviewRulerLane: vscode.OverviewRulerLane.Center,
      rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
    }),
  );
  private readonly lit = this.store.add(
    vscode.window.createTextEditorDecorationType({
      backgroundColor: color('hover'),
      outline: '1px dashed',
      outlineColor: color('hoverBorder'),
      rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
    }),
  );
  private uri: string | undefined;
  private marks = nothing;

  constructor() {
    this.store.add(vscode.window.onDidChangeVisibleTextEditors(() => this.draw()));
  }

  show(uri: string, marks: Marks): void {
    if (this.uri !== uri) this.clear();
    this.uri = uri;
    this.marks = marks;
    this.draw();
  }

  clear(): void {
    this.marks = nothing;
    this.draw();
  }

  dispose(): void {
    this.store.dispose();
  }

  private draw(): void {
    for (const editor of vscode.window.visibleTextEditors) {
      if (editor.document.uri.toString() !== this.uri) continue;
      const ranges = (offsets: readonly OffsetRange[]): vscode.Range[] =>
        offsets.map((range) => rangeOf(editor.document, range));
      this.heat.forEach((type, index) => editor.setDecorations(type, ranges(this.marks.heat[index] ?? [])));
      editor.setDecorations(this.pinned, ranges(this.marks.pinned ? [this.marks.pinned] : []));
      editor.setDecorations(this.lit, ranges(this.marks.lit ? [this.marks.lit] : []));
    }
  }
}

/**
 * Background by level. The line under it is transparent except in high contrast, where backgrounds hardly differ:
 * there its style tells the level.
 */
function heatDecoration(level: number): vscode.TextEditorDecorationType {
  const styles = ['dotted', 'dashed', 'solid'];
  return vscode.window.createTextEditorDecorationType({
    backgroundColor: color(`heat${level}`),
    borderWidth: level % 2 === 0 ? '0 0 2px 0' : '0 0 1px 0',
    borderStyle: styles[Math.floor((level - 1) / 2)] ?? 'solid',
    borderColor: color('heatBorder'),
    // Weaker ones would flood the ruler of a long text.
    ...(level >= RULER_FROM && {
      overviewRulerColor: color(`heat${level}`),
      overviewRulerLane: vscode.OverviewRulerLane.Left,
    }),
    rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
  });
}

function color(name: string): vscode.ThemeColor {
  return new vscode.ThemeColor(`explainAttention.${name}`);
}
