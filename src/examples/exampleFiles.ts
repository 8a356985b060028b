import * as vscode from 'vscode';
import { EXAMPLE_SCHEME, type Example, examples } from './catalog.ts';

/** The examples of the extension as read-only files, so that an open one comes back after a reload. */
export class ExampleFiles implements vscode.FileSystemProvider {
  readonly onDidChangeFile = new vscode.EventEmitter<vscode.FileChangeEvent[]>().event;

  constructor(private readonly extensionUri: vscode.Uri) {}

  watch(): vscode.Disposable {
    return new vscode.Disposable(() => undefined);
  }

  stat(uri: vscode.Uri): Thenable<vscode.FileStat> {
    return vscode.workspace.fs.stat(this.original(uri));
  }

  readFile(uri: vscode.Uri): Thenable<Uint8Array> {
    return vscode.workspace.fs.readFile(this.original(uri));
  }

  readDirectory(): [string, vscode.FileType][] {
    return examples.map(({ file }) => [file, vscode.FileType.File]);
  }

  createDirectory(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  writeFile(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  delete(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  rename(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  /** Only files of the catalogue, whatever the path says. */
  private original(uri: vscode.Uri): vscode.Uri {
    const example = examples.find(({ file }) => uri.path === `/${file}`);
    if (example === undefined) throw vscode.FileSystemError.FileNotFound(uri);
    return vscode.Uri.joinPath(this.extensionUri, 'example', example.file);
  }
}

export function exampleUri({ file }: Example): vscode.Uri {
  return vscode.Uri.from({ scheme: EXAMPLE_SCHEME, path: `/${file}` });
}

/** Asks which example to open. */
export async function chooseExample(): Promise<Example | undefined> {
  const items = examples.map((example) => ({ example, label: example.title(), description: example.about() }));
  const placeHolder = vscode.l10n.t('Open an example and explain its attention');
  return (await vscode.window.showQuickPick(items, { placeHolder, matchOnDescription: true }))?.example;
}

/** Shows an example with all of its text selected. */
export async function openExample(example: Example): Promise<vscode.TextEditor> {
  const document = await vscode.workspace.openTextDocument(exampleUri(example));
  const editor = await vscode.window.showTextDocument(document, vscode.ViewColumn.One);
  const last = document.lineAt(document.lineCount - 1).range.end;
  editor.selection = new vscode.Selection(new vscode.Position(0, 0), last);
  return editor;
}
