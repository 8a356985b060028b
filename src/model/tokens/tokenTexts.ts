import { bytesInAlphabet, readableParts, readableText } from './byteLevel.ts';
import type { ModelTokenizer } from './modelTokenizer.ts';
import type { Span } from './spans.ts';

/** A text made of tokens, with the place of each in it: [start, end) in UTF-16 units. */
export interface JoinedText {
  readonly text: string;
  readonly spans: readonly Span[];
}

interface Piece {
  readonly bytes: Uint8Array;
  /** Incomplete characters as bytes. */
  readonly text: string;
  /** Whether it has no incomplete characters. */
  readonly isWhole: boolean;
}

/**
 * What generated tokens say. A token may be a part of a character's bytes: alone, such bytes are shown as `<0xF0>`, and
 * only the bytes of the whole sequence are read as UTF-8, so nothing is ever replaced by U+FFFD.
 *
 * Meant for text that goes on: a blank that a tokenizer puts before a whole text is shown as the blank that it is.
 */
export class TokenTexts {
  /** Tokens met so far; a text is read again with each step. */
  private readonly pieces = new Map<number, Piece>();

  constructor(private readonly tokenizer: ModelTokenizer) {}

  /** One token alone. */
  text(id: number): string {
    return this.piece(id).text;
  }

  join(ids: readonly number[]): JoinedText {
    const pieces = ids.map((id) => this.piece(id));
    let text = '';
    const spans: Span[] = [];
    for (let start = 0; start < pieces.length;) {
      const piece = pieces[start]!;
      let end = start + 1;
      if (piece.isWhole) {
        spans.push({ start: text.length, end: text.length + piece.text.length });
        text += piece.text;
      } else {
        // Only neighbours of which none is whole by itself can share characters.
        while (pieces[end]?.isWhole === false) end++;
        const part = sharedPart(pieces.slice(start, end));
        spans.push(...part.spans.map((span) => ({ start: text.length + span.start, end: text.length + span.end })));
        text += part.text;
      }
      start = end;
    }
    return { text, spans };
  }

  private piece(id: number): Piece {
    const known = this.pieces.get(id);
    if (known) return known;
    const bytes = this.bytes(id);
    const text = readableText(bytes);
    const piece = { bytes, text, isWhole: encoder.encode(text).length === bytes.length };
    this.pieces.set(id, piece);
    return piece;
  }

  private bytes(id: number): Uint8Array {
    const token = this.tokenizer.token(id);
    // Models may have more logits than their tokenizer has tokens.
    if (token === undefined) return encoder.encode(`<${id}>`);
    if (this.tokenizer.added.has(id)) return encoder.encode(token);
    if (this.tokenizer.isByteLevel) return bytesInAlphabet(token);
    const byte = /^<0x([0-9A-F]{2})>$/.exec(token)?.[1];
    return byte === undefined ? encoder.encode(token.replaceAll('▁', ' ')) : Uint8Array.of(parseInt(byte, 16));
  }
}

/** Reads the bytes of several tokens together; a character belongs to the token that holds its first byte. */
function sharedPart(pieces: readonly Piece[]): JoinedText {
  const owners = pieces.flatMap(({ bytes }, owner) => Array.from(bytes, () => owner));
  const lengths = pieces.map(() => 0);
  let text = '';
  let at = 0;
  for (const part of readableParts(Uint8Array.from(pieces.flatMap(({ bytes }) => [...bytes])))) {
    text += part.text;
    lengths[owners[at]!]! += part.text.length;
    at += part.length;
  }
  let end = 0;
  return { text, spans: lengths.map((length) => ({ start: end, end: (end += length) })) };
}

const encoder = new TextEncoder();
