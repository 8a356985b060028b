import * as l10n from '@vscode/l10n';
import type { ByteSource } from './byteSource.ts';
import { MalformedFile } from './malformedFile.ts';

/** Positions in a file: from `start` up to, not including, `end`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** One field of a protobuf message. */
export interface Field {
  readonly number: number;
  readonly kind: 'varint' | 'fixed64' | 'bytes' | 'fixed32';
  /** The whole field with its tag. */
  readonly range: ByteRange;
  /** The value without tag and length; the varint itself for `varint`. */
  readonly content: ByteRange;
}

const kinds: Readonly<Record<number, Field['kind']>> = { 0: 'varint', 1: 'fixed64', 2: 'bytes', 5: 'fixed32' };

const windowSize = 64 * 1024;
/** Far above any real model: a large one has some ten thousand nodes of about forty fields. */
const mostFields = 4_000_000;
const mostStringBytes = 64 * 1024 * 1024;
const longestString = 4096;

/**
 * Walks protobuf messages in a file without loading them: whoever asks for a field's content reads it, all else is
 * skipped. Every length is checked against the message that holds it, and the total work is bounded, because the file
 * comes from anywhere.
 */
export class ProtobufReader {
  private window = new Uint8Array(0);
  private windowStart = 0;
  private fieldsLeft = mostFields;
  private stringBytesLeft = mostStringBytes;
  private readonly text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

  constructor(private readonly source: ByteSource) {}

  get file(): ByteRange {
    return { start: 0, end: this.source.size };
  }

  /** The fields of a message, in the order of the file. */
  *fields(message: ByteRange): Generator<Field> {
    let position = message.start;
    while (position < message.end) {
      const field = this.field(position, message.end);
      yield field;
      position = field.range.end;
    }
  }

  /** A signed integer of 64 bits; beyond 2^53 only nearly. */
  integer(field: Field): number {
    this.expect(field, 'varint');
    return Number(BigInt.asIntN(64, this.varint(field.content.start, field.content.end).value));
  }

  float(field: Field): number {
    this.expect(field, 'fixed32');
    const bytes = this.bytes(field.content);
    return new DataView(bytes.buffer).getFloat32(0, true);
  }

  /** A repeated integer, packed or not; at most `limit` of them are read. */
  integers(field: Field, limit: number): readonly number[] {
    if (field.kind === 'varint') return [this.integer(field)];
    this.expect(field, 'bytes');
    const values: number[] = [];
    let position = field.content.start;
    while (position < field.content.end && values.length < limit) {
      const { value, end } = this.varint(position, field.content.end);
      values.push(Number(BigInt.asIntN(64, value)));
      position = end;
    }
    return values;
  }

  string(field: Field): string {
    const { start, end } = this.message(field);
    this.stringBytesLeft -= end - start;
    if (end - start > longestString || this.stringBytesLeft < 0) {
      throw new MalformedFile(l10n.t('its names are too long'));
    }
    try {
      return this.text.decode(this.bytes({ start, end }));
    } catch (error) {
      if (error instanceof TypeError) throw new MalformedFile(l10n.t('a name in it is not valid UTF-8'));
      throw error;
    }
  }

  /** The range of an embedded message, to be walked by `fields`. */
  message(field: Field): ByteRange {
    this.expect(field, 'bytes');
    return field.content;
  }

  /** A copy of bytes; the caller answers for the length. */
  bytes({ start, end }: ByteRange): Uint8Array {
    const copy = new Uint8Array(end - start);
    const from = start - this.windowStart;
    if (from >= 0 && from + copy.length <= this.window.length) copy.set(this.window.subarray(from, from + copy.length));
    else if (this.source.read(copy, start) < copy.length) throw truncated();
    return copy;
  }

  private field(start: number, limit: number): Field {
    this.fieldsLeft -= 1;
    if (this.fieldsLeft < 0) throw new MalformedFile(l10n.t('it has more parts than any real model'));
    const tag = this.varint(start, limit);
    const number = Number(tag.value >> 3n);
    const kind = kinds[Number(tag.value & 7n)];
    if (kind === undefined || number === 0 || number >= 2 ** 29) {
      throw new MalformedFile(l10n.t('it holds an unknown kind of field at byte {0}', start));
    }
    const content = this.content(kind, tag.end, limit);
    if (content.end > limit) throw new MalformedFile(l10n.t('a length at byte {0} goes beyond its end', start));
    return { number, kind, range: { start, end: content.end }, content };
  }

  private content(kind: Field['kind'], start: number, limit: number): ByteRange {
    switch (kind) {
      case 'varint':
        return { start, end: this.varint(start, limit).end };
      case 'fixed64':
        return { start, end: start + 8 };
      case 'fixed32':
        return { start, end: start + 4 };
      case 'bytes': {
        const length = this.varint(start, limit);
        return { start: length.end, end: length.end + Number(length.value) };
      }
    }
  }

  private varint(start: number, limit: number): { readonly value: bigint; readonly end: number } {
    const first = this.byte(start, limit);
    if (first < 0x80) return { value: BigInt(first), end: start + 1 };
    let value = BigInt(first & 0x7f);
    for (let index = 1; index < 10; index += 1) {
      const byte = this.byte(start + index, limit);
      value |= BigInt(byte & 0x7f) << BigInt(7 * index);
      if (byte < 0x80) {
        if (value >= 1n << 64n) break;
        return { value, end: start + index + 1 };
      }
    }
    throw new MalformedFile(l10n.t('the number at byte {0} has more than 64 bits', start));
  }

  private byte(position: number, limit: number): number {
    if (position >= limit) throw truncated();
    const cached = this.window[position - this.windowStart];
    if (cached !== undefined) return cached;
    const window = new Uint8Array(Math.min(windowSize, this.source.size - position));
    this.window = window.subarray(0, this.source.read(window, position));
    this.windowStart = position;
    const byte = this.window[0];
    if (byte === undefined) throw truncated();
    return byte;
  }

  private expect(field: Field, kind: Field['kind']): void {
    if (field.kind === kind) return;
    throw new MalformedFile(l10n.t('the field at byte {0} has the wrong type', field.range.start));
  }
}

function truncated(): MalformedFile {
  return new MalformedFile(l10n.t('it ends too early'));
}
