import type { HeadSelection, Quantity, RunSummary } from '../protocol/run.ts';
import type { TensorToWrite } from './safetensors.ts';

/** The matrix of the chosen heads, [tokens, tokens], and what it belongs to. */
export interface MatrixToExport {
  readonly summary: RunSummary;
  readonly heads: HeadSelection;
  readonly quantity: Quantity;
  /** Short name of where the text is from. */
  readonly source: string;
  /** Version of the extension. */
  readonly version: string;
  /** The cells from the first query on, whole rows at a time: each [rows, tokens], row-major. */
  readonly rows: () => AsyncIterable<Float32Array>;
}

/**
 * The matrix as CSV (RFC 4180): the number of a query, its token, the weight on each key. A token is written as a JSON
 * string inside of its field, so that each row is one line, every character comes back, and no spreadsheet takes a
 * token for a formula.
 */
export async function* csvPieces({ summary: { tokens }, rows }: MatrixToExport): AsyncGenerator<string> {
  yield `query,token,${tokens.map((_, key) => key).join(',')}\r\n`;
  let query = 0;
  for await (const row of eachRow(rows(), tokens.length)) {
    yield `${query},${quoted(JSON.stringify(tokens[query]!.text))},${weightTexts(row)}\r\n`;
    query++;
  }
}

/** The matrix as one JSON object, its cells last: [queries][keys]. */
export async function* jsonPieces(matrix: MatrixToExport): AsyncGenerator<string> {
  const { summary, heads, quantity, source, version } = matrix;
  const { name, architecture, storage, compute, layers, heads: headCount } = summary.model;
  const head = {
    version,
    source,
    model: { name, architecture, storage, compute, layers, heads: headCount },
    quantity: quantityName(quantity),
    heads,
    ...(summary.cut && { cut: summary.cut }),
    ...(summary.precedingLength > 0 && { selectedTokens: summary.selection }),
    text: summary.text,
    tokens: summary.tokens,
  };
  yield `${JSON.stringify(head).slice(0, -1)},"cells":[`;
  let first = true;
  for await (const row of eachRow(matrix.rows(), summary.tokens.length)) {
    yield `${first ? '' : ','}\n[${weightTexts(row)}]`;
    first = false;
  }
  yield '\n]}\n';
}

/** The matrix as the tensors `input_ids` [n], `spans` [n, 2] and `attention` or `value_weighted_norm` [n, n]. */
export function matrixTensors({ summary: { tokens }, quantity, rows }: MatrixToExport): readonly TensorToWrite[] {
  const n = tokens.length;
  const name = quantity === 'weight' ? 'attention' : quantityName(quantity);
  return [...tokenTensors(tokens), { name, type: 'F32', shape: [n, n], parts: rows }];
}

/** What a quantity is called in files. */
export function quantityName(quantity: Quantity): string {
  return quantity === 'weight' ? 'weight' : 'value_weighted_norm';
}

/** `input_ids` [n], and `spans` [n, 2]: start and end in the text in UTF-16 units, [−1, −1) for a special token. */
export function tokenTensors(tokens: RunSummary['tokens']): readonly TensorToWrite[] {
  const n = tokens.length;
  const ids = BigInt64Array.from(tokens, (token) => BigInt(token.id));
  const spans = Int32Array.from(tokens.flatMap((token) => [token.start, token.end]));
  return [
    { name: 'input_ids', type: 'I64', shape: [n], parts: () => [ids] },
    { name: 'spans', type: 'I32', shape: [n, 2], parts: () => [spans] },
  ];
}

/** What a safetensors file says of itself besides its tensors. */
export function runMetadata(
  { model, cut, specialTokens, precedingLength, selection }: RunSummary,
  version: string,
): Readonly<Record<string, string>> {
  return {
    model: model.name,
    architecture: model.architecture,
    layers: String(model.layers),
    heads: String(model.heads),
    precision: model.compute,
    storage: model.storage,
    version,
    ...(cut && { cut: JSON.stringify(cut) }),
    ...(specialTokens.found.length > 0 && { special_tokens: specialTokens.readAs }),
    ...(precedingLength > 0 && { selected_tokens: `${selection.start}:${selection.end}` }),
  };
}

/** Bytes that a weight takes in each format at most, zeros of a causal matrix at their true size. */
export function matrixBytes(format: 'csv' | 'json' | 'safetensors', { tokens, model }: RunSummary): number {
  const cells = tokens.length ** 2;
  if (format === 'safetensors') return 4 * cells;
  const zeros = model.causal ? (cells - tokens.length) / 2 : 0;
  return LONGEST_WEIGHT * (cells - zeros) + 2 * zeros;
}

/** Such as `0.00000123456789,`. */
const LONGEST_WEIGHT = 17;

/** Nine digits say a float32 exactly. */
function weightTexts(row: Float32Array): string {
  return Array.from(row, (weight) => Number(weight.toPrecision(9))).join(',');
}

function quoted(field: string): string {
  return `"${field.replaceAll('"', '""')}"`;
}

async function* eachRow(parts: AsyncIterable<Float32Array>, width: number): AsyncGenerator<Float32Array> {
  for await (const part of parts) {
    for (let start = 0; start < part.length; start += width) yield part.subarray(start, start + width);
  }
}
