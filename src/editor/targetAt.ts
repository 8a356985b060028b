import * as vscode from 'vscode';
import type { Target } from '../explanation.ts';
import { ExplainError } from '../protocol/failure.ts';
import type { Source } from '../protocol/panelWire.ts';
import { openDocument } from './openDocument.ts';
import { withPreceding } from './precedingText.ts';
import { lengthOf, makeTarget } from './target.ts';
import type { OffsetRange } from './trackedText.ts';

/**
 * The text that stands at a place of a document now.
 *
 * @param from where what precedes it may begin, where it is to be explained with it
 * @throws ExplainError when the document can't be opened, or ends before the place
 */
export async function targetAt(
  uri: string,
  { start, end }: OffsetRange,
  note: string | undefined,
  from?: number,
): Promise<Target> {
  const document = await openDocument(uri).catch((error: unknown) => {
    throw documentIsGone(error);
  });
  const held = { start, end: Math.min(end, lengthOf(document)) };
  if (held.start >= held.end) throw textIsGone();
  const target = makeTarget(document, held, note);
  return from === undefined ? target : withPreceding(document, target, from);
}

/** Stands for a text whose document could not be read. */
export function missingTarget(uri: string, selection: OffsetRange): Target {
  const name = uri.split('/').at(-1) ?? uri;
  const source: Source = {
    label: name,
    fileName: name,
    firstLine: 1,
    languageId: 'plaintext',
    note: undefined,
    offersFile: false,
    preceding: 'nothing',
  };
  return { uri, selection, text: '', lines: 0, preceding: undefined, source };
}

function textIsGone(): ExplainError {
  return new ExplainError({
    code: 'emptyText',
    message: vscode.l10n.t('The explained text is no longer in its document.'),
    advice: vscode.l10n.t('Select text and run Explain Attention.'),
  });
}

function documentIsGone(cause: unknown): ExplainError {
  const failure = {
    code: 'emptyText',
    message: vscode.l10n.t('The document of the explained text can no longer be opened.'),
    advice: vscode.l10n.t('Open another one, select text and run Explain Attention.'),
  } as const;
  return new ExplainError(failure, { cause });
}
