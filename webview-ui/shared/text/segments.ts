import { lineAt, lineOffsets } from '../../../src/protocol/lines.ts';
import type { Token } from '../../../src/protocol/run.ts';

/**
 * A stretch of one line of the text.
 * - `core`: what a token is read as; heat is drawn on it
 * - `lead`: spaces before the core of the same token; heat would leave marks at the ends of wrapped lines
 * - `break`: the line end that a token covers, or its part of one that two tokens share
 * - `part`: a token without text of its own: it shares a character before it
 * - `special`: a token that stands for no text
 * - `plain`: text between the tokens
 */
export interface Piece {
  readonly kind: 'core' | 'lead' | 'break' | 'part' | 'special' | 'plain';
  readonly text: string;
  readonly token: number | undefined;
}

export interface TextLine {
  readonly pieces: readonly Piece[];
}

/**
 * Divides the explained text into lines of pieces, in order; every character is in exactly one piece. Parts of characters
 * stand behind their word: between its letters they would keep these from being joined and shaped.
 */
export function segmentText(text: string, tokens: readonly Token[]): readonly TextLine[] {
  const offsets = lineOffsets(text);
  const lines = offsets.map((): Piece[] => []);
  let position = 0;
  const add = (...pieces: readonly Piece[]): void => void lines[lineAt(offsets, position)]!.push(...pieces);
  const addUntil = (end: number, token: number | undefined): void => {
    while (position < Math.min(end, text.length)) {
      const next = Math.min(end, offsets[lineAt(offsets, position) + 1] ?? text.length);
      add(...piecesOf(text.slice(position, next), token));
      position = next;
    }
  };
  tokens.forEach((token, index) => {
    if (token.start < 0) {
      add({ kind: 'special', text: token.text, token: index });
      return;
    }
    addUntil(token.start, undefined);
    if (position < Math.min(token.end, text.length)) addUntil(token.end, index);
    else add({ kind: 'part', text: '', token: index });
  });
  addUntil(text.length, undefined);
  if (lines.length > 1 && lines.at(-1)!.length === 0) lines.pop();
  return lines.map((pieces) => ({ pieces: partsBehindWords(pieces) }));
}

function partsBehindWords(pieces: readonly Piece[]): readonly Piece[] {
  const ordered: Piece[] = [];
  let parts: Piece[] = [];
  let last = '';
  for (const piece of pieces) {
    if (piece.kind === 'part') {
      parts.push(piece);
      continue;
    }
    const goesOn = piece.kind !== 'special' && /[\p{L}\p{M}]$/u.test(last) && /^[\p{L}\p{M}]/u.test(piece.text);
    if (!goesOn) {
      ordered.push(...parts);
      parts = [];
    }
    ordered.push(piece);
    last = piece.kind === 'special' ? '' : piece.text;
  }
  return [...ordered, ...parts];
}

/** The first token of every line after the first, past its indentation: these are labelled before others. */
export function lineStarts(lines: readonly TextLine[]): ReadonlySet<number> {
  const starts = new Set<number>();
  for (const { pieces: line } of lines) {
    const first = line.find((piece) => piece.kind === 'core' && piece.text.trim() !== '');
    if (first?.token !== undefined) starts.add(first.token);
  }
  return starts;
}

/** For each token the line, counted from 0, in which it begins; −1 for one that stands for no text. */
export function lineOfTokens(offsets: readonly number[], tokens: readonly Token[]): Int32Array {
  return Int32Array.from(tokens, ({ start }) => (start < 0 ? -1 : lineAt(offsets, start)));
}

/** The pieces of a stretch of one line. */
function piecesOf(text: string, token: number | undefined): readonly Piece[] {
  if (token === undefined) return [{ kind: 'plain', text, token }];
  const inner = text.replace(/[\r\n]+$/, '');
  const core = inner.trimStart() || inner;
  const pieces: readonly Piece[] = [
    { kind: 'lead', text: inner.slice(0, inner.length - core.length), token },
    { kind: 'core', text: core, token },
    { kind: 'break', text: text.slice(inner.length), token },
  ];
  return pieces.filter((piece) => piece.text !== '');
}
