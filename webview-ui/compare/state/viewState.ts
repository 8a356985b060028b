import { MEAN_OF_ALL } from '../../../src/attention/headKinds.ts';
import type { ContextPlace, Pair } from '../../../src/protocol/compareWire.ts';
import type { HeadId } from '../../../src/protocol/model.ts';
import { type HeadCombination, joinings } from '../../../src/protocol/run.ts';
import { FIT, type View } from '../../shared/matrix/frame.ts';
import type { Scale } from '../../shared/ramp.ts';
import { property, savedMatrixView } from '../../shared/saved.ts';

/** Which layer the lists of sources are about. */
export type Layers = 'all' | number;

/** What the view keeps over a reload beside the places of its texts. */
export interface ViewState {
  /** Of the places in `key`. */
  readonly tokens: Pair<number>;
  readonly key: string;
  readonly heads: HeadCombination;
  readonly layers: Layers;
  readonly scale: Scale;
  readonly sinkApart: boolean;
  /** The seen parts of both matrices, of the places in `key` too. */
  readonly matrices: Pair<View>;
}

/** What the page hands to VS Code for a reload. */
export interface SavedState {
  readonly places: Pair<ContextPlace>;
  readonly view: ViewState;
}

export const DEFAULT_VIEW: ViewState = {
  tokens: [0, 0],
  key: '',
  heads: MEAN_OF_ALL,
  layers: 'all',
  scale: 'linear',
  sinkApart: true,
  matrices: [FIT, FIT],
};

/** Names two places in documents. */
export function keyOf(places: Pair<ContextPlace>): string {
  return places.map(({ uri, start, end, word }) => [start, end, word?.start, word?.end, uri].join(' ')).join('\n');
}

/** Reads what an earlier version of the view may have kept: anything unknown falls back to the default. */
export function viewStateOf(state: unknown): ViewState {
  const view = property(state, 'view');
  const [scale, sinkApart, layers, key] = ['scale', 'sinkApart', 'layers', 'key'].map((name) => property(view, name));
  const [tokens, matrices] = ['tokens', 'matrices'].map((name) =>
    ['0', '1'].map((side) => property(property(view, name), side)),
  ) as [unknown[], unknown[]];
  return {
    tokens: isIndex(tokens[0]) && isIndex(tokens[1]) ? [tokens[0], tokens[1]] : DEFAULT_VIEW.tokens,
    key: typeof key === 'string' ? key : DEFAULT_VIEW.key,
    heads: headsOf(property(view, 'heads')),
    layers: isIndex(layers) ? layers : DEFAULT_VIEW.layers,
    scale: scale === 'log' || scale === 'linear' ? scale : DEFAULT_VIEW.scale,
    sinkApart: typeof sinkApart === 'boolean' ? sinkApart : DEFAULT_VIEW.sinkApart,
    matrices: [savedMatrixView(matrices[0]), savedMatrixView(matrices[1])],
  };
}

function headsOf(selection: unknown): HeadCombination {
  const [kind, heads] = ['kind', 'heads'].map((name) => property(selection, name));
  const one = headIdOf(selection);
  if (kind === 'head' && one) return { kind, ...one };
  const joining = joinings.find((name) => name === kind);
  if (joining === undefined) return DEFAULT_VIEW.heads;
  const set = Array.isArray(heads) ? heads.map(headIdOf).filter((id) => id !== undefined) : [];
  return { kind: joining, heads: set.length > 0 ? set : 'all' };
}

function headIdOf(value: unknown): HeadId | undefined {
  const [layer, head] = ['layer', 'head'].map((name) => property(value, name));
  return isIndex(layer) && isIndex(head) ? { layer, head } : undefined;
}

function isIndex(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
