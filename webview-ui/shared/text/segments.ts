import type { Token } from '../../../src/protocol/run.ts';

/**
 * A stretch of one line of the text.
 * - `core`: what a token is read as; heat is drawn on it
 * - `lead`: spaces before the core of the same token; heat would leave marks at the ends of wrapped lines
 * - `break`: the line end that a token covers
 * - `part`: a token without text of its own: it shares the character before it
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

/** Divides the explained text into lines of pieces, in order; every character is in exactly one piece. */
export function segmentText(text: string, tokens: readonly Token[]): readonly TextLine[] {
  const lines: Piece[][] = [[]];
  let position = 0;
  const add = (piece: Piece): void => {
    lines.at(-1)!.push(piece);
    if (piece.kind === 'break' || (piece.kind === 'plain' && /[\r\n]$/.test(piece.text))) lines.push([]);
  };
  tokens.forEach((token, index) => {
    if (token.start < 0) {
      add({ kind: 'special', text: token.text, token: index });
      return;
    }
    for (const piece of pieces(text.slice(position, Math.max(position, token.start)), undefined)) add(piece);
    const own = text.slice(Math.max(position, token.start), token.end);
    if (own === '') add({ kind: 'part', text: '', token: index });
    else for (const piece of pieces(own, index)) add(piece);
    position = Math.max(position, token.start, token.end);
  });
  for (const piece of pieces(text.slice(position), undefined)) add(piece);
  if (lines.length > 1 && lines.at(-1)!.length === 0) lines.pop();
  return lines.map((line) => ({ pieces: line }));
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

/** For each token the line, counted from 0, in which it begins. */
export function lineOfTokens(lines: readonly TextLine[], count: number): Int32Array {
  const lineOf = new Int32Array(count).fill(-1);
  lines.forEach(({ pieces: line }, number) => {
    for (const { token } of line) if (token !== undefined && lineOf[token] === -1) lineOf[token] = number;
  });
  return lineOf;
}

function pieces(text: string, token: number | undefined): Piece[] {
  const found: Piece[] = [];
  for (const [part] of text.matchAll(/\r\n|\r|\n|[^\r\n]+/g)) {
    const isBreak = part === '\n' || part === '\r' || part === '\r\n';
    if (token === undefined) {
      found.push({ kind: 'plain', text: part, token });
    } else if (isBreak) {
      found.push({ kind: 'break', text: part, token });
    } else {
      const core = part.trimStart();
      if (core !== '' && core.length < part.length) {
        found.push({ kind: 'lead', text: part.slice(0, part.length - core.length), token });
      }
      found.push({ kind: 'core', text: core === '' ? part : core, token });
    }
  }
  return found;
}
