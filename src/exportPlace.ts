import { homedir } from 'node:os';
import * as vscode from 'vscode';
import type { ExportSubject } from './exportContent.ts';
import { decodeText } from './protocol/textFile.ts';

/** Where a text lies in a file. */
export interface TextPlace {
  readonly textFile: string;
  /** In UTF-16 units; `undefined`: the whole file. */
  readonly range: { readonly start: number; readonly end: number } | undefined;
}

/** The folder that a save dialog begins with: the document's own, else the workspace's, else the user's. */
export function folderFor(document: string): vscode.Uri {
  const uri = vscode.Uri.parse(document);
  const workspace = vscode.workspace.workspaceFolders?.[0]?.uri;
  if (uri.scheme !== 'untitled' && vscode.workspace.fs.isWritableFileSystem(uri.scheme) === true) {
    return vscode.Uri.joinPath(uri, '..');
  }
  return workspace ?? vscode.Uri.file(homedir());
}

export function nameOf(uri: vscode.Uri): string {
  return uri.path.split('/').at(-1) ?? uri.path;
}

/** Where the explained text lies on disk, as the command line reads it; `undefined` where no file holds it there. */
export async function placeInFile({ explanation, text }: ExportSubject): Promise<TextPlace | undefined> {
  const uri = vscode.Uri.parse(explanation.uri);
  if (uri.scheme !== 'file') return undefined;
  const bytes = await vscode.workspace.fs.readFile(uri).then(undefined, () => undefined);
  const content = bytes && decodeText(bytes);
  const { start } = explanation.explained;
  const end = start + text.length;
  if (content?.slice(start, end) !== text) return undefined;
  return { textFile: uri.fsPath, range: text === content ? undefined : { start, end } };
}
