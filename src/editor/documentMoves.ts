import * as vscode from 'vscode';
import { DisposableStore } from '../lifecycle.ts';
import { hasTab, openAt } from './openDocument.ts';

/**
 * Tells when another document takes the place of one.
 *
 * - Rename and move, of the file or of a folder above it, and their undo: VS Code reports them once the new document is
 *   open. Those by other programs and extensions it does not: there, a document with the same text opens after the old
 *   one, whose file is gone, was closed. So it is with the cells of a notebook, which are numbered anew.
 * - Save As, and saving an untitled document: VS Code fills a document behind the scenes, saves it, and then closes the
 *   old one, or the last tab that shows it. An untitled one is emptied before.
 */
export class DocumentMoves implements vscode.Disposable {
  private readonly store = new DisposableStore();
  /** What the document was saved as. */
  private copy: vscode.TextDocument | undefined;
  /** The document, while it is closed. */
  private closed: vscode.TextDocument | undefined;
  /** What an untitled document held before it was emptied. */
  private untitledText = '';

  /** @param followed its `uri` is the present one */
  constructor(
    private readonly followed: { readonly uri: string },
    private readonly onMoved: (uri: string) => void,
  ) {
    const { workspace, window } = vscode;
    this.store.add(workspace.onDidRenameFiles(({ files }) => this.renamed(files)));
    this.store.add(workspace.onDidChangeTextDocument((event) => this.edited(event)));
    this.store.add(window.tabGroups.onDidChangeTabs(() => this.tabsChanged()));
    this.store.add(workspace.onDidCloseTextDocument((document) => this.wasClosed(document)));
    this.store.add(workspace.onDidOpenTextDocument((document) => void this.opened(document)));
    this.remember(openAt(followed.uri));
  }

  dispose(): void {
    this.store.dispose();
  }

  private isOurs({ uri }: vscode.TextDocument): boolean {
    return uri.toString() === this.followed.uri;
  }

  private renamed(files: vscode.FileRenameEvent['files']): void {
    const uri = vscode.Uri.parse(this.followed.uri);
    const isMoved = ({ oldUri }: { readonly oldUri: vscode.Uri }): boolean =>
      oldUri.scheme === uri.scheme && `${uri.path}/`.startsWith(`${oldUri.path}/`);
    const found = files.find(isMoved);
    if (found === undefined) return;
    const { oldUri, newUri } = found;
    this.move(uri.with({ path: newUri.path + uri.path.slice(oldUri.path.length) }).toString());
  }

  private edited({ document, contentChanges }: vscode.TextDocumentChangeEvent): void {
    if (contentChanges.length === 0) return;
    if (this.isOurs(document)) this.remember(document);
    if (isShown(document)) {
      if (document === this.copy) this.copy = undefined;
      return;
    }
    const ours = openAt(this.followed.uri);
    if (ours !== undefined && ours !== document && hasSameText(document, ours)) this.copy = document;
  }

  private tabsChanged(): void {
    const { copy } = this;
    if (copy !== undefined && hasTab(copy.uri.toString()) && !hasTab(this.followed.uri)) this.move(copy.uri.toString());
  }

  private wasClosed(document: vscode.TextDocument): void {
    if (document === this.copy) this.copy = undefined;
    if (!this.isOurs(document)) return;
    const savedAs = document.isUntitled ? (this.copy ?? vscode.workspace.textDocuments.find(this.isSaved)) : undefined;
    if (savedAs !== undefined) this.move(savedAs.uri.toString());
    else this.closed = document;
  }

  private remember(document: vscode.TextDocument | undefined): void {
    if (document?.isUntitled) this.untitledText = document.getText() || this.untitledText;
  }

  /** Whether a file holds what the untitled document held. */
  private readonly isSaved = (document: vscode.TextDocument): boolean =>
    document.uri.scheme === 'file' && this.untitledText !== '' && document.getText() === this.untitledText;

  private async opened(document: vscode.TextDocument): Promise<void> {
    if (this.isOurs(document)) this.closed = undefined;
    const { closed } = this;
    if (closed?.isUntitled && this.isSaved(document)) this.move(document.uri.toString());
    if (closed?.uri.scheme !== document.uri.scheme || !hasSameText(document, closed)) return;
    if (await exists(fileOf(closed))) return;
    if (closed === this.closed) this.move(document.uri.toString());
  }

  private move(uri: string): void {
    this.copy = undefined;
    this.closed = undefined;
    this.onMoved(uri);
  }
}

function isShown(document: vscode.TextDocument): boolean {
  return vscode.window.visibleTextEditors.some((editor) => editor.document === document);
}

function hasSameText(one: vscode.TextDocument, other: vscode.TextDocument): boolean {
  return one.lineCount === other.lineCount && one.getText() === other.getText();
}

/** The file of a document, or that of its notebook. */
function fileOf({ uri }: vscode.TextDocument): vscode.Uri {
  return uri.scheme === 'vscode-notebook-cell' ? vscode.Uri.file(uri.path) : uri;
}

async function exists(uri: vscode.Uri): Promise<boolean> {
  try {
    await vscode.workspace.fs.stat(uri);
    return true;
  } catch {
    return false;
  }
}
