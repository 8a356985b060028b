import { describe, expect, it } from 'vitest';
import { headCount, isChosen } from '../../../src/attention/headKinds.ts';
import type { HeadSelection } from '../../../src/protocol/run.ts';
import { layerSelection, ofKind, stepHead, toggleHead, walk } from '../../../webview-ui/shared/headSelection.ts';

const grid = { layers: 2, heads: 3 };
const one: HeadSelection = { kind: 'head', layer: 0, head: 1 };
const last = { layer: 1, head: 2 };

describe('choosing heads', () => {
  it('toggles heads into a set and back to one', () => {
    const two = toggleHead(one, { layer: 1, head: 0 }, grid);
    expect(two).toEqual({
      kind: 'mean',
      heads: [
        { layer: 0, head: 1 },
        { layer: 1, head: 0 },
      ],
    });
    expect(toggleHead(two, { layer: 0, head: 1 }, grid)).toEqual({ kind: 'head', layer: 1, head: 0 });
  });

  it('never lets go of the last head', () => {
    expect(toggleHead(one, { layer: 0, head: 1 }, grid)).toEqual(one);
  });

  it('takes a head out of all, and knows all when every one is in', () => {
    const five = toggleHead({ kind: 'max', heads: 'all' }, { layer: 0, head: 0 }, grid);
    expect(headCount(five, grid)).toBe(5);
    expect(isChosen(five, { layer: 0, head: 0 })).toBe(false);
    expect(toggleHead(five, { layer: 0, head: 0 }, grid)).toEqual({ kind: 'max', heads: 'all' });
  });

  it('takes a layer, in the combination chosen before', () => {
    expect(layerSelection(one, 1, grid)).toMatchObject({
      kind: 'mean',
      heads: [{ layer: 1 }, { layer: 1 }, { layer: 1 }],
    });
    expect(layerSelection({ kind: 'max', heads: 'all' }, 1, { layers: 2, heads: 1 })).toEqual({
      kind: 'head',
      layer: 1,
      head: 0,
    });
  });

  it('combines all from one head, and a set as it is', () => {
    expect(ofKind('max', one, last, grid)).toEqual({ kind: 'max', heads: 'all' });
    expect(ofKind('max', toggleHead(one, { layer: 1, head: 1 }, grid), last, grid)).toMatchObject({
      kind: 'max',
      heads: [{}, {}],
    });
  });

  it('walks the grid and stops at its edges', () => {
    expect(walk({ layer: 0, head: 2 }, 'ArrowRight', grid)).toEqual({ layer: 0, head: 2 });
    expect(walk({ layer: 0, head: 2 }, 'ArrowDown', grid)).toEqual({ layer: 1, head: 2 });
    expect(walk({ layer: 1, head: 2 }, 'Home', grid)).toEqual({ layer: 1, head: 0 });
    expect(walk({ layer: 1, head: 2 }, 'x', grid)).toBeUndefined();
  });

  it('steps in reading order, round the end', () => {
    expect(stepHead({ layer: 0, head: 2 }, 1, grid)).toEqual({ layer: 1, head: 0 });
    expect(stepHead({ layer: 0, head: 0 }, -1, grid)).toEqual({ layer: 1, head: 2 });
  });
});
