/** Encodings that a file's first bytes state; the mark is not part of the text. */
const marks: readonly (readonly [encoding: string, ...mark: number[]])[] = [
  ['utf-8', 0xef, 0xbb, 0xbf],
  ['utf-16le', 0xff, 0xfe],
  ['utf-16be', 0xfe, 0xff],
];

/**
 * The text of a file, as VS Code opens it: in the encoding of its byte order mark, else in UTF-8, and without the mark,
 * so that positions count from behind it.
 *
 * @returns `undefined` for bytes that are no text in that encoding
 */
export function decodeText(bytes: Uint8Array): string | undefined {
  const [encoding = 'utf-8'] = marks.find(([, ...mark]) => mark.every((byte, index) => bytes[index] === byte)) ?? [];
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
