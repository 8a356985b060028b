import { describe, expect, it } from 'vitest';
import { DEFAULT_VIEW, type ViewState, viewStateOf } from '../../../webview-ui/compare/state/viewState.ts';

const view: ViewState = {
  tokens: [3, 5],
  key: 'two places',
  heads: { kind: 'head', layer: 1, head: 2 },
  layers: 4,
  scale: 'log',
  sinkApart: false,
  matrices: [
    { zoom: 2, left: 3, top: 4 },
    { zoom: 1, left: 0, top: 0 },
  ],
};

describe('what Compare Contexts kept', () => {
  it.each<ViewState['heads']>([
    { kind: 'head', layer: 1, head: 2 },
    { kind: 'mean', heads: 'all' },
    { kind: 'max', heads: 'all' },
    {
      kind: 'mean',
      heads: [
        { layer: 1, head: 2 },
        { layer: 3, head: 2 },
      ],
    },
  ])('is read as it was written: %o', (heads) => {
    expect(viewStateOf({ view: { ...view, heads } })).toEqual({ ...view, heads });
  });

  it.each([undefined, null, 7, [], { view: { tokens: [-1, 'x'], heads: { kind: 'head', layer: 1 }, matrices: 5 } }])(
    'falls back on %j',
    (state) => expect(viewStateOf(state)).toEqual(DEFAULT_VIEW),
  );

  it.each([[], [{ layer: -1, head: 0 }], 'x'])('takes all heads instead of the set %j', (heads) => {
    expect(viewStateOf({ view: { heads: { kind: 'max', heads } } }).heads).toEqual({ kind: 'max', heads: 'all' });
  });
});
