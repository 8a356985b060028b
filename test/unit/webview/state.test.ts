import { effect } from '@preact/signals';
import { describe, expect, it } from 'vitest';
import { peaksOf, type RegionRequest, sliceOf } from '../../../src/attention/slice.ts';
import type { AttentionSource } from '../../../src/attention/source.ts';
import { restoreSchema, sliceSchema } from '../../../src/protocol/panelSchemas.ts';
import type { Focus } from '../../../src/protocol/panelWire.ts';
import type { SliceRequest } from '../../../src/protocol/run.ts';
import { FIT } from '../../../webview-ui/shared/matrix/frame.ts';
import { FocusSync } from '../../../webview-ui/panel/state/focusSync.ts';
import type { Loaded } from '../../../webview-ui/shared/loaded.ts';
import { packSlice, unpackSlice } from '../../../src/protocol/viewSlice.ts';
import { SliceCache } from '../../../webview-ui/shared/matrix/sliceCache.ts';
import { DEFAULT_VIEW, viewStateOf } from '../../../webview-ui/panel/state/viewState.ts';
import { Weights } from '../../../webview-ui/shared/matrix/weights.ts';

const focus = (token: number | undefined): Focus => ({
  heads: { kind: 'head', layer: 0, head: 0 },
  quantity: 'weight',
  direction: 'looksAt',
  token,
});

describe('FocusSync', () => {
  it('keeps the newest change while older ones are answered', () => {
    const sync = new FocusSync();
    for (const token of [1, 2, 3]) sync.sent(focus(token));
    expect([1, 2, 3].map((token) => sync.accepts(focus(token)))).toEqual([false, false, true]);
  });

  it('takes over a focus that the view did not ask for', () => {
    const sync = new FocusSync();
    sync.sent(focus(1));
    expect(sync.accepts(focus(7))).toBe(true);
    expect(sync.accepts(focus(1))).toBe(true);
  });

  it('takes one answer for two changes', () => {
    const sync = new FocusSync();
    sync.sent(focus(1));
    sync.sent(focus(2));
    expect(sync.accepts(focus(2))).toBe(true);
  });
});

describe('viewStateOf', () => {
  it('reads what it wrote', () => {
    const view = {
      scale: 'log',
      sinkApart: false,
      pooling: 'mean',
      matrix: { zoom: 2, left: 3, top: 4 },
      tab: 'weights',
      headSort: 'unusual',
    } as const;
    expect(viewStateOf({ view })).toEqual(view);
  });

  it.each([
    undefined,
    null,
    7,
    'x',
    [],
    { view: null },
    { view: { scale: 'cubic', sinkApart: 1, matrix: { zoom: '2' }, tab: 'toString' } },
  ])('falls back on %j', (state) => expect(viewStateOf(state)).toEqual(DEFAULT_VIEW));

  it.each([NaN, Infinity, -1])('takes no part of the matrix at %d', (left) => {
    expect(viewStateOf({ view: { matrix: { zoom: 2, left, top: 0 } } }).matrix).toEqual(FIT);
  });
});

const matrix = { run: 1, heads: { kind: 'head', layer: 0, head: 0 }, quantity: 'weight' } as const;

const regionOf = (request: SliceRequest): RegionRequest => ({ ...request, heads: matrix.heads });

/** A causal head with weights that tell their place. */
const weightAt = (query: number, key: number): number =>
  key > query ? 0 : Math.fround((1 + ((query * 31 + key * 17) % 97)) / 200);

function sourceOf(tokens: number): AttentionSource {
  return {
    layers: 1,
    heads: 1,
    tokens,
    region: (_, rows, columns) => {
      const width = columns.end - columns.start;
      return Float32Array.from({ length: (rows.end - rows.start) * width }, (__, cell) =>
        weightAt(rows.start + Math.floor(cell / width), columns.start + (cell % width)),
      );
    },
  };
}

async function loaded<T>(read: () => Loaded<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    effect(() => {
      const answer = read();
      if (answer.kind === 'ready') resolve(answer.value);
      if (answer.kind === 'failed') reject(new Error(answer.failure.message));
    });
  });
}

describe.each([1, 2, 40, 512, 513, 5000])('the weights of %i tokens', (tokens) => {
  const asked: SliceRequest[] = [];
  const source = sourceOf(tokens);
  const cache = new SliceCache({
    slice: (request) => {
      asked.push(request);
      const message = packSlice(sliceOf(source, regionOf(request)), request.precision);
      return Promise.resolve(unpackSlice(message, request.precision));
    },
    peaks: () => Promise.reject(new Error('nobody asks for peaks')),
  });
  const weights = new Weights(cache, matrix, tokens);
  const token = Math.floor(tokens / 3);

  it('give a row and a column, number by number', async () => {
    const row = await loaded(() => weights.line(token, 'looksAt'));
    expect(row).toEqual(Float32Array.from({ length: tokens }, (_, key) => weightAt(token, key)));
    const column = await loaded(() => weights.line(token, 'lookedAtBy'));
    expect(column).toEqual(Float32Array.from({ length: tokens }, (_, query) => weightAt(query, token)));
  });

  it('ask for nothing twice', async () => {
    const before = asked.length;
    await loaded(() => weights.line(token, 'looksAt'));
    expect(asked.length).toBe(before);
  });

  it('never ask for more than a slice may hold', () => {
    for (const request of asked) expect(sliceSchema.safeParse(request).success).toBe(true);
  });
});

describe('the peak of the colour scale', () => {
  const source = sourceOf(30);
  const cache = new SliceCache({
    slice: () => Promise.reject(new Error('the peak needs no slice')),
    peaks: () => Promise.resolve(peaksOf(source, matrix.heads)),
  });
  const weights = new Weights(cache, matrix, 30);
  const largest = (from: (query: number, key: number) => boolean): number =>
    Math.max(
      ...Array.from({ length: 900 }, (_, cell) => [Math.floor(cell / 30), cell % 30] as const).map(([query, key]) =>
        from(query, key) ? weightAt(query, key) : 0,
      ),
    );

  it('leaves the first column out when it is set apart, else the first row', async () => {
    expect(await loaded(() => weights.peak(true))).toBe(largest((_, key) => key > 0));
    expect(await loaded(() => weights.peak(false))).toBe(largest((query) => query > 0));
  });
});

describe('a restore point', () => {
  const place = { uri: 'file:///a.ts', start: 0, end: 4 };

  it('of an earlier version, which knew no quantities, has the weight', () => {
    const kept = { heads: matrix.heads, direction: 'looksAt' };
    expect(restoreSchema.parse({ ...place, focus: kept }).focus).toEqual({ ...kept, quantity: 'weight' });
  });

  it('keeps a rollout and a quantity, and no unknown ones', () => {
    const rollout = { heads: { kind: 'rollout', layer: 3 }, quantity: 'weight', direction: 'looksAt' };
    const norms = { heads: matrix.heads, quantity: 'valueNorm', direction: 'lookedAtBy' };
    for (const focus of [rollout, norms]) expect(restoreSchema.parse({ ...place, focus }).focus).toEqual(focus);
    for (const wrong of [{ quantity: 'entropy' }, { heads: { kind: 'rollout' } }]) {
      expect(restoreSchema.safeParse({ ...place, focus: { ...norms, ...wrong } }).success).toBe(false);
    }
  });
});
