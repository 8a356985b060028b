import type { AlignedText, Edit } from './alignedText.ts';

/**
 * The alphabet of byte-level BPE (GPT-2): one printable character for each byte. Visible Latin-1 characters
 * stand for themselves, the other bytes in order for the characters from U+0100.
 */
const byteCharacters: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte).map((byte, _, bytes) => {
  const isVisible = (candidate: number): boolean =>
    (candidate >= 0x21 && candidate <= 0x7e) || (candidate >= 0xa1 && candidate <= 0xff && candidate !== 0xad);
  const hiddenBefore = bytes.slice(0, byte).filter((other) => !isVisible(other)).length;
  return String.fromCharCode(isVisible(byte) ? byte : 0x100 + hiddenBefore);
});

const bytesByCharacter: ReadonlyMap<string, number> = new Map(
  byteCharacters.map((character, byte) => [character, byte]),
);

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Writes a text in the byte alphabet: every byte stands for its character; a lone surrogate has the bytes of U+FFFD. */
export function toByteAlphabet(text: AlignedText): AlignedText {
  return text.rewrite(byteEdits(text.text));
}

function* byteEdits(text: string): Generator<Edit> {
  let start = 0;
  for (const character of text) {
    const end = start + character.length;
    const bytes = inByteAlphabet(character);
    if (bytes !== character) yield { start, end, text: bytes };
    start = end;
  }
}

function inByteAlphabet(character: string): string {
  const first = character.charCodeAt(0);
  // Most text is ASCII, where a character is its own byte.
  if (first < 0x80) return byteCharacters[first] ?? '';
  return Array.from(encoder.encode(character), (byte) => byteCharacters[byte]).join('');
}

/** Reads a token in the byte alphabet: whole characters as such, bytes of incomplete ones as `<0xF0>`. */
export function fromByteAlphabet(token: string): string {
  return [...readableParts(bytesInAlphabet(token))].map((part) => part.text).join('');
}

/** The bytes that a token in the byte alphabet stands for. */
export function bytesInAlphabet(token: string): Uint8Array {
  return Uint8Array.from(token, (character) => bytesByCharacter.get(character) ?? 0);
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
export function byteLabel(byte: number): string {
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
