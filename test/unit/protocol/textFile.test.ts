import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeText } from '../../../src/protocol/textFile.ts';

const whole = fc.string({ unit: 'grapheme' }).filter((text) => !text.startsWith('\ufeff'));

test('a text comes back from each encoding, with its mark and, in UTF-8, without', () => {
  fc.assert(
    fc.property(whole, (text) => {
      const marked = `\ufeff${text}`;
      expect(decodeText(Buffer.from(text))).toBe(text);
      expect(decodeText(Buffer.from(marked))).toBe(text);
      expect(decodeText(Buffer.from(marked, 'utf16le'))).toBe(text);
      expect(decodeText(Buffer.from(marked, 'utf16le').swap16())).toBe(text);
    }),
  );
});

test('only one mark is taken off, and only at the beginning', () => {
  expect(decodeText(Buffer.from('\ufeff\ufeffa\ufeff'))).toBe('\ufeffa\ufeff');
});

test.each([
  ['a byte that UTF-8 has not', [0x41, 0xff]],
  ['a character cut off', [0xe2, 0x82]],
  ['a surrogate alone', [0xff, 0xfe, 0x00, 0xd8]],
  ['half a unit', [0xff, 0xfe, 0x41]],
])('no text: %s', (_, bytes) => {
  expect(decodeText(Uint8Array.from(bytes))).toBeUndefined();
});
