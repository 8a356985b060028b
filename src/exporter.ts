import * as vscode from 'vscode';
import type { Configuration } from './configuration.ts';
import { ContextKey } from './contextKey.ts';
import { commandLine } from './export/commandLine.ts';
import { exportName } from './export/fileName.ts';
import { matrixBytes } from './export/matrix.ts';
import { type ExportSubject, type NumbersFormat, numbersFile, pinnedTable } from './exportContent.ts';
import { folderFor, nameOf, placeInFile, type TextPlace } from './exportPlace.ts';
import { reportFailure, toFailure } from './log.ts';
import type { ExportFormat, PictureFormat } from './protocol/exportFormat.ts';
import { ExplainError } from './protocol/failure.ts';
import type { Focus, Picture, PictureRequest } from './protocol/panelWire.ts';
import { systemReason } from './protocol/systemErrors.ts';

export type Draw = (request: PictureRequest, token: vscode.CancellationToken) => Promise<Picture>;

export interface ExporterServices {
  readonly extensionUri: vscode.Uri;
  /** Of the extension. */
  readonly version: string;
  readonly configuration: Configuration;
  readonly log: vscode.LogOutputChannel;
}

/** From this size on a file is written only after a question; beyond the other one it is not written. */
const ASK_FROM_BYTES = 16e6;
const MOST_BYTES = 256e6;

const TOLD_FOR_MS = 5000;

/** After this time it is shown that the page is waited for. */
const PROGRESS_DELAY_MS = 500;

/** Takes away what is shown: as a file where the user says, or on the clipboard. */
export class Exporter {
  private readonly isExported = new ContextKey('exported');

  constructor(private readonly services: ExporterServices) {}

  /** Never rejects: a failure is shown once. @returns why it can't be done now */
  async export(subject: ExportSubject, format: ExportFormat, draw: Draw): Promise<string | undefined> {
    const { focus } = subject.explanation;
    try {
      switch (format) {
        case 'png':
        case 'svg':
          await this.savePicture(subject, format, draw);
          return undefined;
        case 'csv':
        case 'json':
        case 'safetensors':
          await this.saveNumbers(subject, focus, format);
          return undefined;
        case 'markdown':
        case 'copyMarkdown':
          if (!hasPin(focus)) return vscode.l10n.t('Pin a token first: the table is about the pinned one.');
          await this.takeTable(subject, focus, format);
          return undefined;
        case 'commandLine':
          await this.copyCommandLine(subject);
          return undefined;
      }
    } catch (error) {
      if (!(error instanceof vscode.CancellationError)) reportFailure(this.services.log, toFailure(error), error);
      return undefined;
    }
  }

  private async savePicture(subject: ExportSubject, format: PictureFormat, draw: Draw): Promise<void> {
    const { focus } = subject.explanation;
    const request = { run: subject.summary.run, format };
    const options = {
      location: vscode.ProgressLocation.Notification,
      title: vscode.l10n.t('Waiting for the Attention panel to draw the picture'),
      cancellable: true,
    };
    const picture = await shownIfLong(options, (token) => draw(request, token));
    const bytes = picture.kind === 'svg' ? new TextEncoder().encode(picture.text) : new Uint8Array(picture.data);
    await this.save(subject, focus, format, async () => bytes);
  }

  private async saveNumbers(subject: ExportSubject, focus: Focus, format: NumbersFormat): Promise<void> {
    const bytes = matrixBytes(format, subject.summary);
    if (bytes > MOST_BYTES) throw tooLarge(bytes);
    if (bytes > ASK_FROM_BYTES && !(await confirmed(bytes))) return;
    const make = (token: vscode.CancellationToken): Promise<Uint8Array> =>
      numbersFile(subject, focus, format, this.services.version, token);
    await this.save(subject, focus, format, make, bytes > ASK_FROM_BYTES);
  }

  private async takeTable(subject: ExportSubject, focus: Pinned, format: 'markdown' | 'copyMarkdown'): Promise<void> {
    const table = await pinnedTable(subject, focus, new vscode.CancellationTokenSource().token);
    if (format === 'markdown') await this.save(subject, focus, 'md', async () => new TextEncoder().encode(table));
    else await this.copy(table, vscode.l10n.t('The table is on the clipboard.'));
  }

  /** Needs the text in a file: its own, or a new one where its own does not hold it. */
  private async copyCommandLine(subject: ExportSubject): Promise<void> {
    const { extensionUri, configuration } = this.services;
    const { explanation, summary } = subject;
    const place = (await placeInFile(subject)) ?? (await this.saveText(subject));
    if (place === undefined) return;
    const call = {
      ...place,
      program: vscode.Uri.joinPath(extensionUri, 'dist', 'cli.mjs').fsPath,
      model: summary.model.folder,
      rows: summary.precedingLength > 0 ? summary.selection : undefined,
      memoryBudget: configuration.memoryBudget / 2 ** 20,
      specialTokens: summary.specialTokens.readAs,
      out: exportName(explanation.source.label, undefined, 'safetensors'),
    };
    const line = commandLine(call, process.platform === 'win32' ? 'windows' : 'posix');
    await this.copy(line, vscode.l10n.t('The command line is on the clipboard.'));
  }

  private async copy(text: string, done: string): Promise<void> {
    await vscode.env.clipboard.writeText(text);
    this.isExported.set(true);
    vscode.window.setStatusBarMessage(done, TOLD_FOR_MS);
  }

  private async saveText(subject: ExportSubject): Promise<TextPlace | undefined> {
    const uri = await this.save(subject, undefined, 'txt', async () => new TextEncoder().encode(subject.text));
    return uri && { textFile: uri.fsPath, range: undefined };
  }

  /**
   * @param long whether making the file takes long enough to be shown with a way to cancel it
   * @returns where the file was written; `undefined`: the user chose no place, and nothing was written
   */
  private async save(
    { explanation: { source, uri: document } }: ExportSubject,
    focus: Focus | undefined,
    extension: string,
    make: (token: vscode.CancellationToken) => Promise<Uint8Array>,
    long = false,
  ): Promise<vscode.Uri | undefined> {
    const defaultUri = vscode.Uri.joinPath(folderFor(document), exportName(source.label, focus, extension));
    const uri = await vscode.window.showSaveDialog({ defaultUri, filters: { [extension.toUpperCase()]: [extension] } });
    if (uri === undefined) return undefined;
    const title = vscode.l10n.t('Writing {0}', nameOf(uri));
    const location = long ? vscode.ProgressLocation.Notification : vscode.ProgressLocation.Window;
    await vscode.window.withProgress({ location, title, cancellable: long }, async (_, token) => {
      const bytes = await make(token);
      if (token.isCancellationRequested) throw new vscode.CancellationError();
      await write(uri, bytes);
    });
    this.isExported.set(true);
    vscode.window.setStatusBarMessage(vscode.l10n.t('{0} was written.', nameOf(uri)), TOLD_FOR_MS);
    return uri;
  }
}

/** Work of which nothing is shown unless it takes a while; then it can be cancelled. */
async function shownIfLong<R>(
  options: vscode.ProgressOptions,
  work: (token: vscode.CancellationToken) => Promise<R>,
): Promise<R> {
  const cancellation = new vscode.CancellationTokenSource();
  const result = work(cancellation.token);
  const timer = setTimeout(() => {
    void vscode.window.withProgress(options, (_, token) => {
      token.onCancellationRequested(() => cancellation.cancel());
      return result.then(undefined, () => undefined);
    });
  }, PROGRESS_DELAY_MS);
  try {
    return await result;
  } finally {
    clearTimeout(timer);
  }
}

type Pinned = Focus & { readonly token: number };

function hasPin(focus: Focus): focus is Pinned {
  return focus.token !== undefined;
}

async function write(uri: vscode.Uri, bytes: Uint8Array): Promise<void> {
  try {
    await vscode.workspace.fs.writeFile(uri, bytes);
  } catch (cause) {
    const place = uri.scheme === 'file' ? uri.fsPath : uri.toString(true);
    const reason = systemReason(cause) ?? vscode.l10n.t('the system refuses it');
    const failure = {
      code: 'notWritten',
      message: vscode.l10n.t('{0} could not be written: {1}.', place, reason),
      advice: vscode.l10n.t('Choose another place.'),
    } as const;
    throw new ExplainError(failure, { cause });
  }
}

async function confirmed(bytes: number): Promise<boolean> {
  const write = vscode.l10n.t('Write');
  const message = vscode.l10n.t('The file takes up to {0} MB.', Math.ceil(bytes / 1e6));
  return (await vscode.window.showWarningMessage(message, { modal: true }, write)) === write;
}

function tooLarge(bytes: number): ExplainError {
  return new ExplainError({
    code: 'notWritten',
    message: vscode.l10n.t(
      'The file would take up to {0} MB; at most {1} MB are written.',
      Math.ceil(bytes / 1e6),
      MOST_BYTES / 1e6,
    ),
    advice: vscode.l10n.t('Copy the command line: it writes files of any size.'),
  });
}
