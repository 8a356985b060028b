import { expect, test } from 'vitest';
import {
  hasNorms,
  isChosen,
  missingHead,
  sameSelection,
  selectedHeads,
  selectionFileName,
  selectionKey,
} from '../../../src/attention/headKinds.ts';
import { headsPhrase, headsTitle, plainHeadsTitle } from '../../../src/attention/headWords.ts';
import { allHeads } from '../../../src/attention/source.ts';
import type { HeadSelection } from '../../../src/protocol/run.ts';

const grid = { layers: 3, heads: 2 };
const pair = [
  { layer: 2, head: 1 },
  { layer: 0, head: 0 },
];
const layer = [
  { layer: 1, head: 0 },
  { layer: 1, head: 1 },
];

/** Each with its heads, as layer and head side by side, and all that is written of it. */
const selections: readonly (readonly [HeadSelection, string, string, string, string, string, string])[] = [
  [
    { kind: 'head', layer: 2, head: 1 },
    '21',
    '2.1',
    'L2H1',
    'Layer 2 · Head 1',
    'Layer 2, head 1',
    'In layer 2, head 1',
  ],
  [
    { kind: 'mean', heads: 'all' },
    '00 01 10 11 20 21',
    'mean:all',
    'mean',
    'Mean of 6 heads',
    'Mean of all heads',
    'In the mean of 6 heads',
  ],
  [
    { kind: 'mean', heads: layer },
    '10 11',
    'mean:1.0,1.1',
    'mean of 2',
    'Mean of layer 1',
    'Mean of 2 heads',
    'In the mean of 2 heads',
  ],
  [
    { kind: 'mean', heads: layer.slice(1) },
    '11',
    'mean:1.1',
    'mean of 1',
    'Mean of 1 heads',
    'Mean of 1 heads',
    'In the mean of 1 heads',
  ],
  [
    { kind: 'max', heads: 'all' },
    '00 01 10 11 20 21',
    'max:all',
    'max',
    'Maximum of 6 heads',
    'Maximum of all heads',
    'In the maximum of 6 heads',
  ],
  [
    { kind: 'max', heads: layer },
    '10 11',
    'max:1.0,1.1',
    'max of 2',
    'Maximum of layer 1',
    'Maximum of 2 heads',
    'In the maximum of 2 heads',
  ],
  [
    { kind: 'max', heads: pair },
    '21 00',
    'max:2.1,0.0',
    'max of 2',
    'Maximum of 2 heads',
    'Maximum of 2 heads',
    'In the maximum of 2 heads',
  ],
  [
    { kind: 'rollout', layer: 1 },
    '00 01 10 11',
    'rollout:1',
    'rollout-L1',
    'Rollout through layer 1',
    'Rollout through layer 1',
    'In the rollout through layer 1',
  ],
];

test.each(selections)('%j', (selection, heads, key, fileName, title, plainTitle, phrase) => {
  const selected = selectedHeads(selection, grid);
  expect(selected.map((one) => `${one.layer}${one.head}`).join(' ')).toBe(heads);
  expect([selectionKey(selection), selectionFileName(selection)]).toEqual([key, fileName]);
  expect([headsTitle(selection, grid), plainHeadsTitle(selection), headsPhrase(selection, grid)]).toEqual([
    title,
    plainTitle,
    phrase,
  ]);
  expect(allHeads(grid).filter((head) => isChosen(selection, head))).toEqual(expect.arrayContaining([...selected]));
  expect(allHeads(grid).filter((head) => isChosen(selection, head))).toHaveLength(selected.length);
  expect(selections.filter(([other]) => sameSelection(selection, other))).toHaveLength(1);
  expect(hasNorms(selection)).toBe(selection.kind !== 'rollout');
  expect(missingHead(selection, grid)).toBeUndefined();
});

test.each<[HeadSelection, object | undefined]>([
  [
    { kind: 'head', layer: 2, head: 1 },
    { kind: 'head', layer: 2, head: 1 },
  ],
  [{ kind: 'mean', heads: 'all' }, undefined],
  [
    { kind: 'max', heads: [layer[0]!, ...pair] },
    { layer: 2, head: 1 },
  ],
  [
    { kind: 'rollout', layer: 2 },
    { layer: 2, head: 0 },
  ],
])('the head that a smaller model does not have: %j', (selection, missing) => {
  expect(missingHead(selection, { layers: 2, heads: 2 })).toEqual(missing);
});
