import type { PreTrainedTokenizer } from '@huggingface/transformers';
import { bytesInAlphabet, readableParts } from '../tokens/byteLevel.ts';
import { libraryTokenizer } from '../tokens/library.ts';

/** A text made of tokens, with the place of each in it: [start, end) in UTF-16 units. */
export interface JoinedText {
  readonly text: string;
  readonly spans: readonly { readonly start: number; readonly end: number }[];
}

interface DecoderConfig {
  readonly type: string;
  readonly decoders?: readonly DecoderConfig[];
}

/**
 * What generated tokens say. A token may be a part of a character's bytes: alone, such bytes are shown as `<0xF0>`, and
 * only the bytes of the whole sequence are read as UTF-8, so nothing is ever replaced by U+FFFD.
 *
 * Meant for text that goes on: a blank that a tokenizer puts before a whole text is shown as the blank that it is.
 */
export class TokenTexts {
  private readonly tokens: readonly (string | undefined)[];
  /** Tokens that stand for their own content: added ones, special or not. */
  private readonly contents: ReadonlyMap<number, string>;
  private readonly isByteLevel: boolean;

  constructor(tokenizer: PreTrainedTokenizer) {
    const library = libraryTokenizer(tokenizer);
    const tokens: (string | undefined)[] = [];
    for (const [token, id] of library.model.tokens_to_ids) tokens[id] = token;
    this.tokens = tokens;
    this.contents = new Map([...library.get_added_tokens_decoder()].map(([id, { content }]) => [id, content]));
    const { decoder } = tokenizer._tokenizerJSON as { readonly decoder: DecoderConfig | null };
    this.isByteLevel = decoder !== null && isByteLevel(decoder);
  }

  /** One token alone. */
  text(id: number): string {
    return [...readableParts(this.bytes(id))].map((part) => part.text).join('');
  }

  join(ids: readonly number[]): JoinedText {
    const parts = ids.map((id) => this.bytes(id));
    const whole = new Uint8Array(parts.reduce((sum, bytes) => sum + bytes.length, 0));
    const owners = new Uint32Array(whole.length);
    let at = 0;
    parts.forEach((bytes, owner) => {
      whole.set(bytes, at);
      owners.fill(owner, at, at + bytes.length);
      at += bytes.length;
    });
    const lengths = new Array<number>(ids.length).fill(0);
    let text = '';
    at = 0;
    for (const part of readableParts(whole)) {
      text += part.text;
      lengths[owners[at]!]! += part.text.length;
      at += part.length;
    }
    let end = 0;
    const spans = lengths.map((length) => ({ start: end, end: (end += length) }));
    return { text, spans };
  }

  private bytes(id: number): Uint8Array {
    const content = this.contents.get(id);
    if (content !== undefined) return encoder.encode(content);
    const token = this.tokens[id];
    // Models may have more logits than their tokenizer has tokens.
    if (token === undefined) return encoder.encode(`<${id}>`);
    if (this.isByteLevel) return bytesInAlphabet(token);
    const byte = /^<0x([0-9A-F]{2})>$/.exec(token)?.[1];
    return byte === undefined ? encoder.encode(token.replaceAll('▁', ' ')) : Uint8Array.of(parseInt(byte, 16));
  }
}

const encoder = new TextEncoder();

function isByteLevel({ type, decoders }: DecoderConfig): boolean {
  return type === 'ByteLevel' || (decoders ?? []).some(isByteLevel);
}
