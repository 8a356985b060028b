import type { ContextPlace, Pair } from '../../../src/protocol/compareWire.ts';
import type { HeadCombination } from '../../../src/protocol/run.ts';
import type { Scale } from '../../shared/ramp.ts';

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
}

/** What the page hands to VS Code for a reload. */
export interface SavedState {
  readonly places: Pair<ContextPlace>;
  readonly view: ViewState;
}

export const DEFAULT_VIEW: ViewState = {
  tokens: [0, 0],
  key: '',
  heads: { kind: 'mean', heads: 'all' },
  layers: 'all',
  scale: 'linear',
  sinkApart: true,
};

/** Names two places in documents. */
export function keyOf(places: Pair<ContextPlace>): string {
  return places.map(({ uri, start, end, word }) => [start, end, word?.start, word?.end, uri].join(' ')).join('\n');
}

/** Reads what an earlier version of the view may have kept: anything unknown falls back to the default. */
export function viewStateOf(state: unknown): ViewState {
  const view = property(state, 'view');
  const [scale, sinkApart, layers, key] = ['scale', 'sinkApart', 'layers', 'key'].map((name) => property(view, name));
  const tokens = ['0', '1'].map((side) => property(property(view, 'tokens'), side));
  return {
    tokens: isIndex(tokens[0]) && isIndex(tokens[1]) ? [tokens[0], tokens[1]] : DEFAULT_VIEW.tokens,
    key: typeof key === 'string' ? key : DEFAULT_VIEW.key,
    heads: headsOf(property(view, 'heads')),
    layers: isIndex(layers) ? layers : DEFAULT_VIEW.layers,
    scale: scale === 'log' || scale === 'linear' ? scale : DEFAULT_VIEW.scale,
    sinkApart: typeof sinkApart === 'boolean' ? sinkApart : DEFAULT_VIEW.sinkApart,
  };
}

/** One head, or all of them combined: a set of heads is not kept. */
function headsOf(heads: unknown): HeadCombination {
  const [kind, layer, head] = ['kind', 'layer', 'head'].map((name) => property(heads, name));
  if (kind === 'head' && isIndex(layer) && isIndex(head)) return { kind, layer, head };
  return kind === 'mean' || kind === 'max' ? { kind, heads: 'all' } : DEFAULT_VIEW.heads;
}

function isIndex(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
