import * as vscode from 'vscode';
import type { Explanation } from '../explanation.ts';
import { DisposableStore } from '../lifecycle.ts';
import { DocumentMoves } from './documentMoves.ts';
import { openAt, openDocument } from './openDocument.ts';
import { describeSource, rangeOf } from './target.ts';
import type { OffsetRange, ReadText } from './trackedText.ts';

export interface DocumentListener {
  /** The text became stale or whole again, or its document was closed, opened again or replaced by another one. */
  changed(): void;
  /** The text only moved within its document. */
  moved(): void;
  /** The caret came to another token, or to none. */
  caret(token: number | undefined): void;
}

/** Keeps an explanation true to its document, and goes along when another one takes its place. */
export class DocumentWatch implements vscode.Disposable {
  private readonly store = new DisposableStore();
  private caret: number | undefined;

  constructor(
    private readonly explanation: Explanation,
    private readonly listener: DocumentListener,
  ) {
    this.store.add(vscode.workspace.onDidChangeTextDocument((event) => this.edited(event)));
    this.store.add(vscode.workspace.onDidCloseTextDocument((document) => this.closed(document)));
    this.store.add(vscode.workspace.onDidOpenTextDocument((document) => this.opened(document)));
    this.store.add(vscode.window.onDidChangeTextEditorSelection((event) => this.caretMoved(event)));
    this.store.add(new DocumentMoves(explanation, (uri) => void this.moved(uri)));
  }

  dispose(): void {
    this.store.dispose();
  }

  private isOurs(document: vscode.TextDocument): boolean {
    return document.uri.toString() === this.explanation.uri;
  }

  private edited({ document, contentChanges }: vscode.TextDocumentChangeEvent): void {
    if (!this.isOurs(document) || contentChanges.length === 0) return;
    const { explanation } = this;
    const before = { stale: explanation.stale, start: explanation.explained.start };
    const edits = contentChanges.map(({ rangeOffset: offset, rangeLength: length, text }) => ({
      offset,
      length,
      text,
    }));
    explanation.edit(edits, reader(document));
    const moved = explanation.explained.start !== before.start;
    if (moved) explanation.source = describeSource(document, explanation, explanation.source.note);
    if (explanation.stale !== before.stale) this.listener.changed();
    else if (moved) this.listener.moved();
  }

  private closed(document: vscode.TextDocument): void {
    if (!this.isOurs(document)) return;
    this.explanation.close(
      document.isUntitled
        ? vscode.l10n.t('The untitled document was closed without being saved.')
        : vscode.l10n.t('The file was closed: showing a token in the editor opens it again.'),
    );
    this.listener.changed();
  }

  private opened(document: vscode.TextDocument): void {
    if (!this.isOurs(document)) return;
    this.explanation.reopen(reader(document));
    this.listener.changed();
  }

  private async moved(uri: string): Promise<void> {
    const { explanation } = this;
    explanation.moveTo(uri);
    const document = await openDocument(uri).catch(() => undefined);
    if (explanation.uri !== uri) return;
    if (document === undefined) {
      explanation.close(vscode.l10n.t('The file was renamed or moved, and cannot be opened where it is now.'));
    } else {
      explanation.reopen(reader(document));
      explanation.source = describeSource(document, explanation, explanation.source.note);
    }
    this.listener.changed();
  }

  private caretMoved({ textEditor, selections }: vscode.TextEditorSelectionChangeEvent): void {
    const [selection] = selections;
    if (selection === undefined || !this.isOurs(textEditor.document)) return;
    const token = this.explanation.tokenAt(textEditor.document.offsetAt(selection.active));
    if (token === this.caret) return;
    this.caret = token;
    this.listener.caret(token);
  }
}

/** Reads an open document; of one that is not open nothing can be read. */
export function readerOf(uri: string): ReadText {
  const document = openAt(uri);
  return document === undefined ? () => '' : reader(document);
}

function reader(document: vscode.TextDocument): ReadText {
  return (range: OffsetRange) => document.getText(rangeOf(document, range));
}
