import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MalformedFile } from '../../../src/model/onnx/malformedFile.ts';
import { ProtobufReader } from '../../../src/model/onnx/protobufReader.ts';
import { ProtobufWriter } from '../../../src/model/onnx/protobufWriter.ts';
import { memorySource } from './graphBuilder.ts';

const fieldNumber = fc.integer({ min: 1, max: 2 ** 28 - 1 });

test('what is written is read back', () => {
  const field = fc.oneof(
    fc.record({ number: fieldNumber, value: fc.maxSafeInteger() }),
    fc.record({ number: fieldNumber, value: fc.string({ unit: 'grapheme' }) }),
    fc.record({ number: fieldNumber, value: fc.uint8Array() }),
  );
  fc.assert(
    fc.property(fc.array(field), (fields) => {
      const writer = new ProtobufWriter();
      for (const { number, value } of fields) {
        if (typeof value === 'number') writer.integer(number, value);
        else if (typeof value === 'string') writer.string(number, value);
        else writer.message(number, new ProtobufWriter().fields(value));
      }
      const reader = new ProtobufReader(memorySource(writer.finish()));
      const read = [...reader.fields(reader.file)].map((found, index) => {
        const { value } = fields[index]!;
        if (typeof value === 'number') return { number: found.number, value: reader.integer(found) };
        if (typeof value === 'string') return { number: found.number, value: reader.string(found) };
        return { number: found.number, value: reader.bytes(reader.message(found)) };
      });
      expect(read).toEqual(fields);
    }),
  );
});

test('a repeated integer is read packed and unpacked, and never longer than asked for', () => {
  const packed = new ProtobufWriter()
    .bytes(1, Uint8Array.of(1, 0xac, 0x02, 3))
    .integer(1, -1)
    .finish();
  const reader = new ProtobufReader(memorySource(packed));
  expect([...reader.fields(reader.file)].map((field) => reader.integers(field, 2))).toEqual([[1, 300], [-1]]);
});

test.each([
  ['a number of more than 64 bits', [0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02]],
  ['a number that never ends', [0x08, ...Array.from({ length: 20 }, () => 0x80)]],
  ['a number cut off', [0x08, 0x80]],
  ['a length beyond the end', [0x0a, 0x05, 0x00]],
  ['a length near 2^64', [0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]],
  ['eight bytes of which one is there', [0x09, 0x00]],
  ['a group, which ONNX does not use', [0x0b, 0x0c]],
  ['field number 0', [0x00, 0x00]],
])('refused: %s', (_, bytes) => {
  const reader = new ProtobufReader(memorySource(Uint8Array.from(bytes)));
  expect(() => [...reader.fields(reader.file)]).toThrow(MalformedFile);
});

test('refused: a field longer than the message that holds it', () => {
  const bytes = Uint8Array.of(0x0a, 0x02, 0x0a, 0x03, 0x41, 0x42, 0x43);
  const reader = new ProtobufReader(memorySource(bytes));
  const [outer] = reader.fields(reader.file);
  expect(() => [...reader.fields(reader.message(outer!))]).toThrow('goes beyond its end');
});

test('refused: a name that is not UTF-8', () => {
  const reader = new ProtobufReader(memorySource(Uint8Array.of(0x0a, 0x01, 0xff)));
  const [field] = reader.fields(reader.file);
  expect(() => reader.string(field!)).toThrow(MalformedFile);
});

test('random bytes end in fields or in a refusal', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const reader = new ProtobufReader(memorySource(bytes));
      try {
        for (const field of reader.fields(reader.file)) expect(field.content.end).toBeLessThanOrEqual(bytes.length);
      } catch (error) {
        expect(error).toBeInstanceOf(MalformedFile);
      }
    }),
    { numRuns: 2000 },
  );
});
