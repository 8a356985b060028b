const utf8 = new TextEncoder();

/** Builds one protobuf message, field by field. */
export class ProtobufWriter {
  private readonly chunks: Uint8Array[] = [];
  private length = 0;

  integer(field: number, value: number): this {
    return this.varint(field * 8).varint(value);
  }

  string(field: number, value: string): this {
    return this.bytes(field, utf8.encode(value));
  }

  message(field: number, message: ProtobufWriter): this {
    return this.varint(field * 8 + 2)
      .varint(message.length)
      .append(message.chunks);
  }

  bytes(field: number, content: Uint8Array): this {
    return this.varint(field * 8 + 2)
      .varint(content.length)
      .append([content]);
  }

  /** Whole fields, as another message held them. */
  fields(encoded: Uint8Array): this {
    return this.append([encoded]);
  }

  finish(): Uint8Array {
    const result = new Uint8Array(this.length);
    let position = 0;
    for (const chunk of this.chunks) {
      result.set(chunk, position);
      position += chunk.length;
    }
    return result;
  }

  private varint(value: number): this {
    const bytes: number[] = [];
    let rest = BigInt.asUintN(64, BigInt(value));
    for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
    bytes.push(Number(rest));
    return this.append([Uint8Array.from(bytes)]);
  }

  private append(chunks: readonly Uint8Array[]): this {
    for (const chunk of chunks) {
      this.chunks.push(chunk);
      this.length += chunk.length;
    }
    return this;
  }
}
