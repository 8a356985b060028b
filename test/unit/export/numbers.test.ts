import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { csvPieces, jsonPieces, matrixBytes, matrixTensors, type MatrixToExport } from '../../../src/export/matrix.ts';
import { safetensorsPieces } from '../../../src/export/safetensors.ts';
import type { ModelDescription } from '../../../src/protocol/model.ts';
import { readSafetensorsFile } from '../safetensors.ts';

const model: ModelDescription = {
  folder: '/models/tiny',
  name: 'tiny "x", y',
  architecture: 'llama',
  storage: 'fp16',
  compute: 'fp32',
  layers: 1,
  heads: 1,
  keyValueHeads: 1,
  contextLength: 64,
  causal: true,
  tap: [],
};

/** A matrix over tokens with these texts, handed out in parts of two rows. */
function matrixOf(texts: readonly string[], weights: Float32Array): MatrixToExport {
  const n = texts.length;
  return {
    summary: {
      run: 1,
      model,
      text: texts.join(''),
      tokens: texts.map((text, id) => ({ id, text, start: id, end: id + 1 })),
      precedingLength: 0,
      selection: { start: 0, end: n },
      cut: undefined,
      specialTokens: { found: [], readAs: 'text' },
      check: { rowSumError: 0, futureWeight: 0 },
      milliseconds: 1,
      bytes: 1,
      weights: { kind: 'whole' },
      refused: {},
    },
    heads: { kind: 'head', layer: 0, head: 0 },
    quantity: 'weight',
    source: 'a.txt 1',
    version: '1.2.3',
    async *rows() {
      for (let row = 0; row < n; row += 2) yield weights.subarray(row * n, Math.min(n, row + 2) * n);
    },
  };
}

async function whole(pieces: AsyncIterable<string>): Promise<string> {
  return (await all(pieces)).join('');
}

async function all<T>(pieces: AsyncIterable<T>): Promise<readonly T[]> {
  const gathered: T[] = [];
  for await (const piece of pieces) gathered.push(piece);
  return gathered;
}

/** The fields of each record, by the rules of RFC 4180 alone. */
function readCsv(text: string): readonly (readonly string[])[] {
  const records: string[][] = [[]];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g)) {
    records.at(-1)!.push(quoted === undefined ? plain! : quoted.replaceAll('""', '"'));
    if (end === '\r\n') records.push([]);
  }
  expect(records.pop()).toEqual([]);
  return records;
}

const hostile = ['"', ',', '=1+1', '\r\n', "a';b", '\u202e', '<b>', '\ud83d\ude00', ''];

/** Weights that are no short decimals, lower triangle only. */
function triangle(n: number): Float32Array {
  return Float32Array.from({ length: n * n }, (_, i) => (i % n <= Math.floor(i / n) ? 1 / (3 + i) : 0));
}

test('CSV holds every token and every weight exactly, one line for each row', async () => {
  const weights = triangle(hostile.length);
  const text = await whole(csvPieces(matrixOf(hostile, weights)));
  const [head, ...rows] = readCsv(text);
  expect(head).toEqual(['query', 'token', ...hostile.map((_, key) => String(key))]);
  expect(rows.map(([, token]) => JSON.parse(token!) as string)).toEqual(hostile);
  expect(rows.flatMap((row) => row.slice(2).map((field) => Math.fround(Number(field))))).toEqual([...weights]);
  expect(text.trimEnd().split('\r\n')).toHaveLength(hostile.length + 1);
});

test('no field of the CSV is a formula, whatever the token', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.string({ unit: 'binary' }), { minLength: 1, maxLength: 6 }), async (texts) => {
      const fields = readCsv(await whole(csvPieces(matrixOf(texts, triangle(texts.length))))).flat();
      expect(fields.filter((field) => /^[=+\-@\t\r]/.test(field))).toEqual([]);
    }),
  );
});

test('JSON holds model, heads, tokens and every weight exactly', async () => {
  const weights = triangle(hostile.length);
  const matrix = matrixOf(hostile, weights);
  const read = JSON.parse(await whole(jsonPieces(matrix))) as Record<string, unknown>;
  expect(read).toMatchObject({
    version: '1.2.3',
    source: 'a.txt 1',
    quantity: 'weight',
    heads: { kind: 'head', layer: 0, head: 0 },
    model: { name: model.name, storage: 'fp16', compute: 'fp32' },
    text: hostile.join(''),
    tokens: matrix.summary.tokens,
  });
  const rows = read['cells'] as number[][];
  expect(rows.map((row) => row.length)).toEqual(hostile.map(() => hostile.length));
  expect(rows.flat().map(Math.fround)).toEqual([...weights]);
});

test('norms are called so', async () => {
  const matrix = { ...matrixOf(hostile, triangle(hostile.length)), quantity: 'valueNorm' } as const;
  expect(JSON.parse(await whole(jsonPieces(matrix)))).toMatchObject({ quantity: 'value_weighted_norm' });
  expect(matrixTensors(matrix).map(({ name }) => name)).toEqual(['input_ids', 'spans', 'value_weighted_norm']);
});

test('what a file takes is not underestimated', async () => {
  const texts = Array.from({ length: 40 }, () => 'x');
  const matrix = matrixOf(texts, triangle(40));
  const csv = await whole(csvPieces(matrix));
  const heads = texts.length * 20;
  expect(csv.length).toBeLessThan(matrixBytes('csv', matrix.summary) + heads);
  expect(matrixBytes('safetensors', matrix.summary)).toBe(4 * 40 * 40);
});

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'explain-attention-export-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('safetensors, read by another reader', async () => {
  const weights = triangle(hostile.length);
  const file = path.join(folder, 'a.safetensors');
  const pieces = safetensorsPieces(matrixTensors(matrixOf(hostile, weights)), { model: 'tiny "x"' });
  await writeFile(file, Buffer.concat(await all(pieces)));
  const { metadata, tensors } = await readSafetensorsFile(file);
  const n = hostile.length;
  expect(metadata).toEqual({ model: 'tiny "x"' });
  expect(tensors.get('attention')).toEqual({ type: 'F32', shape: [n, n], data: weights });
  expect(tensors.get('input_ids')?.shape).toEqual([n]);
  expect([...tensors.get('spans')!.data].slice(-2)).toEqual([n - 1, n]);
});
