/**
 * The alphabet of byte-level BPE (GPT-2): one printable character for each byte. Visible Latin-1 characters
 * stand for themselves, the other bytes in order for the characters from U+0100.
 */
const bytesByCharacter: ReadonlyMap<string, number> = (() => {
  const bytes = Array.from({ length: 256 }, (_, byte) => byte);
  const isVisible = (byte: number): boolean =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xff && byte !== 0xad);
  const hidden = bytes.filter((byte) => !isVisible(byte));
  return new Map([
    ...bytes.filter(isVisible).map((byte) => [String.fromCharCode(byte), byte] as const),
    ...hidden.map((byte, index) => [String.fromCharCode(0x100 + index), byte] as const),
  ]);
})();

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** The bytes that a token in the byte alphabet stands for. */
export function bytesInAlphabet(token: string): Uint8Array {
  return Uint8Array.from(token, (character) => bytesByCharacter.get(character) ?? 0);
}

/** Bytes as text: whole characters as such, bytes of incomplete ones as `<0xF0>`. */
export function readableText(bytes: Uint8Array): string {
  return [...readableParts(bytes)].map((part) => part.text).join('');
}

/** Takes bytes apart into whole UTF-8 characters and, where there is none, single bytes written as `<0xF0>`. */
export function* readableParts(bytes: Uint8Array): Generator<{ readonly text: string; readonly length: number }> {
  for (let start = 0; start < bytes.length;) {
    const character = characterBytes(bytes.subarray(start));
    const length = character?.length ?? 1;
    yield { text: character ? decoder.decode(character) : byteLabel(bytes[start] ?? 0), length };
    start += length;
  }
}

/** The vocabulary's name for a byte, as in SentencePiece. */
function byteLabel(byte: number): string {
  return `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`;
}

/** The bytes of the UTF-8 character that starts here, if a whole one does. */
function characterBytes(bytes: Uint8Array): Uint8Array | undefined {
  const first = bytes[0] ?? 0;
  const isContinuation = (byte: number): boolean => byte >= 0x80 && byte < 0xc0;
  if (isContinuation(first)) return undefined;
  const length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  const character = bytes.subarray(0, length);
  return character.length === length && character.subarray(1).every(isContinuation) ? character : undefined;
}
