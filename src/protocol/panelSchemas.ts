import * as z from 'zod/mini';
import { exportFormats } from './exportFormat.ts';
import type { Focus, PanelAction, Picture, RestorePoint } from './panelWire.ts';
import {
  type HeadCombination,
  type HeadSelection,
  joinings,
  type OverviewRequest,
  type PeaksRequest,
  type Pooling,
  type Quantity,
} from './run.ts';
import type { ViewSliceRequest } from './viewSlice.ts';
import { type CellRegion, cellsIn } from './cells.ts';

/**
 * Schemas of all that a webview may send: its messages are untrusted input.
 * VS Code carries them as JSON, so a property that is `undefined` arrives as absent.
 */

/** Runs are numbered by the clock: beyond 32 bits. */
const run = z.int().check(z.nonnegative());
const index = z.int().check(z.nonnegative(), z.maximum(2 ** 31 - 1));
const tokenRange = z.strictObject({ start: index, end: index });
const headId = z.strictObject({ layer: index, head: index });

export const headCombinationSchema: z.ZodMiniType<HeadCombination> = z.union([
  z.strictObject({ kind: z.literal('head'), layer: index, head: index }),
  z.strictObject({
    kind: z.enum(joinings),
    heads: z.union([z.literal('all'), z.readonly(z.array(headId).check(z.minLength(1), z.maxLength(4096)))]),
  }),
]);

export const headSelectionSchema: z.ZodMiniType<HeadSelection> = z.union([
  headCombinationSchema,
  z.strictObject({ kind: z.literal('rollout'), layer: index }),
]);

export const quantitySchema: z.ZodMiniType<Quantity> = z.enum(['weight', 'valueNorm']);

const pooling: z.ZodMiniType<Pooling> = z.enum(['max', 'mean']);

const blockSide = index.check(z.positive(), z.refine(isPowerOfTwo));

/** Most cells of a slice on a side, and in all. */
const LONGEST_SIDE = 4096;
const MOST_CELLS = 2 ** 20;

export const sliceSchema: z.ZodMiniType<ViewSliceRequest> = z
  .strictObject({
    run,
    heads: headSelectionSchema,
    quantity: quantitySchema,
    rows: tokenRange,
    columns: tokenRange,
    block: z.strictObject({ rows: blockSide, columns: blockSide }),
    pooling,
    precision: z.enum(['single', 'half']),
  })
  .check(z.refine(isBounded));

function isPowerOfTwo(number: number): boolean {
  return Number.isInteger(Math.log2(number));
}

function isBounded(region: CellRegion): boolean {
  const { rows, columns } = cellsIn(region);
  return Math.max(rows, columns) <= LONGEST_SIDE && rows * columns <= MOST_CELLS;
}

export const peaksSchema: z.ZodMiniType<PeaksRequest> = z.strictObject({
  run,
  heads: headSelectionSchema,
  quantity: quantitySchema,
});

export const overviewSchema: z.ZodMiniType<OverviewRequest> = z.strictObject({
  run,
  quantity: quantitySchema,
  block: blockSide,
  pooling,
});

export const focusSchema: z.ZodMiniType<Focus> = z.strictObject({
  heads: headSelectionSchema,
  /** Absent in what a panel of an earlier version kept. */
  quantity: z._default(quantitySchema, 'weight'),
  direction: z.enum(['looksAt', 'lookedAtBy']),
  token: z.optional(index),
  partner: z.optional(index),
});

export const hoverSchema = z.strictObject({ token: z.optional(index) });
export const revealSchema = z.strictObject({ token: index });

const action: z.ZodMiniType<PanelAction> = z.enum([
  'rerun',
  'cancel',
  'showEarlier',
  'showLog',
  'openSettings',
  'openExample',
  'explainFile',
  'specialTokensAsText',
  'specialTokensAsSpecial',
  'includePreceding',
  'leaveOutPreceding',
]);
export const actionSchema = z.strictObject({ action });

export const exportSchema = z.strictObject({ format: z.enum(exportFormats) });

/** Most bytes of a picture: one of 512 × 512 cells with long labels stays far below. */
const LARGEST_PICTURE = 32 * 2 ** 20;
const SVG_START = '<?xml version="1.0" encoding="UTF-8"?>\n<svg xmlns="http://www.w3.org/2000/svg" ';
const PNG_START = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

export const pictureSchema: z.ZodMiniType<Picture> = z.union([
  z.strictObject({
    kind: z.literal('svg'),
    text: z.string().check(z.maxLength(LARGEST_PICTURE), z.startsWith(SVG_START)),
  }),
  z.strictObject({ kind: z.literal('png'), data: z.instanceof(ArrayBuffer).check(z.refine(isPng)) }),
]);

function isPng(data: ArrayBuffer): boolean {
  const start = new Uint8Array(data, 0, Math.min(data.byteLength, PNG_START.length));
  return data.byteLength <= LARGEST_PICTURE && PNG_START.every((byte, place) => start[place] === byte);
}

export const restoreSchema: z.ZodMiniType<RestorePoint> = z.strictObject({
  uri: z.string().check(z.maxLength(4096)),
  start: index,
  end: index,
  from: z.optional(index),
  focus: focusSchema,
});
