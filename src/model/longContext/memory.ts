import type { FloatPrecision } from '../../protocol/run.ts';
import { blockSizes, gridBytes } from './blockGrid.ts';

/** What the memory of a run follows from. */
export interface RunShape {
  readonly layers: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  /** `undefined` where weights can't be computed from what a pass hands out: then all are kept. */
  readonly headSize: number | undefined;
  /** Of the queries and keys that are kept. */
  readonly precision: FloatPrecision;
}

/** Most tokens of a text, special ones included. */
export const LONGEST_TEXT = 16_384;
/** Weights are all kept as long as they take no more: reading them is a copy then, whatever is asked. */
const LARGEST_WHOLE = 256 * 2 ** 20;

const FLOAT = Float32Array.BYTES_PER_ELEMENT;
/** Numbers [heads, queries, keys] that a pass has in memory at once: measured by bench/map.ts. */
const SQUARES_PER_PASS = 12;
const MOST_ROWS = 256;
const FEWEST_ROWS = 32;

/** Bytes of all weights: layers × heads × tokens². */
export function wholeBytes(tokens: number, { layers, heads }: RunShape): number {
  return layers * heads * tokens ** 2 * FLOAT;
}

/** Whether all weights of so many tokens are kept. */
export function isWhole(tokens: number, shape: RunShape): boolean {
  return shape.headSize === undefined || wholeBytes(tokens, shape) <= LARGEST_WHOLE;
}

/** Bytes that a run of so many tokens takes at its peak, known before it starts. */
export function bytesOf(tokens: number, shape: RunShape): number {
  return isWhole(tokens, shape)
    ? wholeBytes(tokens, shape)
    : computedBytes(tokens, shape) +
        Math.max(passBytes(tokens, shape, fewestRows(tokens, shape)), halfBytes(tokens, shape));
}

/** Most tokens up to a number that a budget of bytes holds: a longer text may take less, where its blocks are larger. */
export function tokensWithin(budget: number, shape: RunShape, most: number): number {
  let tokens = most;
  while (tokens > 0 && bytesOf(tokens, shape) > budget) tokens--;
  return tokens;
}

/** Queries of a pass: as many as the budget allows, whole blocks of them. */
export function rowsPerPass(tokens: number, shape: RunShape, budget: number): number {
  const kept = computedBytes(tokens, shape);
  let rows = MOST_ROWS;
  while (rows > fewestRows(tokens, shape) && kept + passBytes(tokens, shape, rows) > budget) rows /= 2;
  return Math.max(rows, fewestRows(tokens, shape));
}

/** Bytes of the keys and values of a text. */
export function cacheBytes(tokens: number, { layers, keyValueHeads, headSize = 0 }: RunShape): number {
  return tokens * layers * 2 * keyValueHeads * headSize * FLOAT;
}

/** Queries, keys and values, two numbers of each row, and the kept blocks. */
function computedBytes(tokens: number, shape: RunShape): number {
  const { layers, heads, keyValueHeads, headSize = 0 } = shape;
  const perToken = layers * ((heads + 2 * keyValueHeads) * headSize + 2 * heads);
  return tokens * perToken * FLOAT + gridBytes(tokens, shape);
}

/** Queries and keys a second time, as halves; after the passes. */
function halfBytes(tokens: number, { layers, heads, keyValueHeads, headSize = 0, precision }: RunShape): number {
  return precision === 'half' ? (tokens * layers * (heads + keyValueHeads) * headSize * FLOAT) / 2 : 0;
}

function passBytes(tokens: number, { heads }: RunShape, rows: number): number {
  return SQUARES_PER_PASS * heads * rows * tokens * FLOAT;
}

function fewestRows(tokens: number, shape: RunShape): number {
  return Math.max(FEWEST_ROWS, blockSizes(tokens, shape).heads);
}
