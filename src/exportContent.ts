import * as vscode from 'vscode';
import { lineAt, lineOffsets } from './protocol/lines.ts';
import { plainHeadsTitle } from './attention/headWords.ts';
import { tokenName } from './attention/tokenName.ts';
import { partnerTable, type PlacedToken, tokenMarkdown } from './export/markdown.ts';
import {
  csvPieces,
  jsonPieces,
  matrixTensors,
  type MatrixToExport,
  quantityName,
  runMetadata,
} from './export/matrix.ts';
import { safetensorsPieces } from './export/safetensors.ts';
import type { Explanation } from './explanation.ts';
import type { Focus } from './protocol/panelWire.ts';
import type { Partner, Quantity, RunSummary, Slice, SliceRequest, TokenRange } from './protocol/run.ts';

/** An explained text whose numbers can be taken away. */
export interface ExportSubject {
  readonly explanation: Explanation;
  readonly summary: RunSummary;
  /** The text that was given to the model, of which `summary.text` is the part that was used. */
  readonly text: string;
  slice(request: Omit<SliceRequest, 'run'>, token: vscode.CancellationToken): Promise<Slice>;
}

export type NumbersFormat = 'csv' | 'json' | 'safetensors';

/** Cells asked for at a time: a megabyte. */
const CELLS_PER_SLICE = 2 ** 18;

/** The whole matrix of the chosen heads, asked for some rows at a time. */
export async function numbersFile(
  subject: ExportSubject,
  focus: Focus,
  format: NumbersFormat,
  version: string,
  token: vscode.CancellationToken,
): Promise<Uint8Array> {
  const { summary, explanation } = subject;
  const rows = (): AsyncIterable<Float32Array> => wholeRows(subject, focus, token);
  const { heads, quantity } = focus;
  const matrix: MatrixToExport = { summary, heads, quantity, source: explanation.source.label, version, rows };
  switch (format) {
    case 'csv':
      return joined(csvPieces(matrix));
    case 'json':
      return joined(jsonPieces(matrix));
    case 'safetensors': {
      const metadata = {
        ...runMetadata(summary, version),
        selection: JSON.stringify(heads),
        quantity: quantityName(quantity),
      };
      return joined(safetensorsPieces(matrixTensors(matrix), metadata));
    }
  }
}

/** What the pinned token looks at, or what looks at it, with the weights of the chosen heads. */
export async function pinnedTable(
  subject: ExportSubject,
  { heads, quantity, direction, token: pinned }: Focus & { readonly token: number },
  token: vscode.CancellationToken,
): Promise<string> {
  const { text, tokens, model } = subject.summary;
  const { firstLine } = subject.explanation.source;
  const offsets = lineOffsets(text);
  const placeOf = (other: number): PlacedToken => {
    const place = tokens[other]!;
    return {
      name: tokenName(place, text),
      line: place.start < 0 ? undefined : firstLine + lineAt(offsets, place.start),
    };
  };
  const looksAt = direction === 'looksAt';
  const itself = { start: pinned, end: pinned + 1 };
  const whole = { start: 0, end: tokens.length };
  const line = await region(subject, { heads, quantity }, looksAt ? itself : whole, looksAt ? whole : itself, token);
  const visible = (other: number): boolean => !model.causal || (looksAt ? other <= pinned : other >= pinned);
  const partners = Array.from(line, (weight, other): Partner => ({ token: other, weight }));
  const titles = {
    rank: vscode.l10n.t('Rank'),
    token: vscode.l10n.t('Token'),
    number: vscode.l10n.t('Number'),
    line: vscode.l10n.t('Line'),
    weight: quantityTitle(quantity),
  };
  const table = partnerTable(
    partners.filter((partner) => visible(partner.token)),
    placeOf,
    titles,
  );
  const { name, line: ownLine } = placeOf(pinned);
  const where =
    ownLine === undefined ? vscode.l10n.t('token {0}', pinned) : vscode.l10n.t('token {0}, line {1}', pinned, ownLine);
  const facts = [tokenMarkdown(name), where, plainHeadsTitle(heads), model.name, model.compute];
  const title = looksAt
    ? vscode.l10n.t('What {0} ({1}) looks at. {2}, model {3}, {4}.', ...facts)
    : vscode.l10n.t('What looks at {0} ({1}). {2}, model {3}, {4}.', ...facts);
  return `${title}\n\n${table}`;
}

async function* wholeRows(
  subject: ExportSubject,
  { heads, quantity }: Focus,
  token: vscode.CancellationToken,
): AsyncGenerator<Float32Array> {
  const n = subject.summary.tokens.length;
  const step = Math.max(1, Math.floor(CELLS_PER_SLICE / n));
  for (let start = 0; start < n; start += step) {
    const rows = { start, end: Math.min(n, start + step) };
    yield await region(subject, { heads, quantity }, rows, { start: 0, end: n }, token);
  }
}

async function region(
  subject: ExportSubject,
  matrix: Pick<Focus, 'heads' | 'quantity'>,
  rows: TokenRange,
  columns: TokenRange,
  token: vscode.CancellationToken,
): Promise<Float32Array> {
  if (token.isCancellationRequested) throw new vscode.CancellationError();
  const request = { ...matrix, rows, columns, block: { rows: 1, columns: 1 }, pooling: 'max' } as const;
  return (await subject.slice(request, token)).data;
}

async function joined(pieces: AsyncIterable<string | Uint8Array>): Promise<Uint8Array> {
  const encoder = new TextEncoder();
  const parts: Uint8Array[] = [];
  for await (const piece of pieces) parts.push(typeof piece === 'string' ? encoder.encode(piece) : piece);
  return Buffer.concat(parts);
}

/** What the cells of a matrix hold, as the head of a column. */
function quantityTitle(quantity: Quantity): string {
  return quantity === 'weight' ? vscode.l10n.t('Weight') : vscode.l10n.t('Value-weighted norm');
}
