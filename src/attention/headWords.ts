import * as l10n from '@vscode/l10n';
import type { HeadGrid } from '../protocol/model.ts';
import type { HeadKind, HeadSelection, HeadSet } from '../protocol/run.ts';
import { headCount } from './headKinds.ts';

interface KindWords<Selection> {
  /** In a choice of kinds, and what that does. */
  choice(): { readonly text: string; readonly title: string };
  /** As a title beside the grid of heads. */
  title(selection: Selection, grid: HeadGrid): string;
  /** As a title by itself. */
  plainTitle(selection: Selection): string;
  /** As the beginning of a sentence. */
  phrase(selection: Selection, grid: HeadGrid): string;
  /** What it is, and what it is not. `shares`: its numbers are shares of attention. */
  note(shares: boolean): string;
}

/** The words for each way to look at heads, of the extension host and the views. */
const kinds: { readonly [K in HeadKind]: KindWords<HeadSelection<K>> } = {
  head: {
    choice: () => ({ text: l10n.t('One'), title: l10n.t('One head alone') }),
    title: ({ layer, head }) => l10n.t('Layer {0} · Head {1}', layer, head),
    plainTitle: ({ layer, head }) => l10n.t('Layer {0}, head {1}', layer, head),
    phrase: ({ layer, head }) => l10n.t('In layer {0}, head {1}', layer, head),
    note: () => l10n.t('Ctrl+click or Space adds a head; a layer’s name selects its heads.'),
  },
  mean: {
    choice: () => ({ text: l10n.t('Mean'), title: l10n.t('Mean of the chosen heads, or of all') }),
    ...setTitles({
      ofAll: () => l10n.t('Mean of all heads'),
      ofLayer: (layer) => l10n.t('Mean of layer {0}', layer),
      ofSome: (count) => l10n.t('Mean of {0} heads', count),
    }),
    phrase: (selection, grid) => l10n.t('In the mean of {0} heads', headCount(selection, grid)),
    note: (shares) =>
      shares
        ? l10n.t('Rows still sum to 1, but what a single head does is averaged away.')
        : l10n.t('What a single head does is averaged away.'),
  },
  max: {
    choice: () => ({ text: l10n.t('Max'), title: l10n.t('Largest weight among the chosen heads, or all') }),
    ...setTitles({
      ofAll: () => l10n.t('Maximum of all heads'),
      ofLayer: (layer) => l10n.t('Maximum of layer {0}', layer),
      ofSome: (count) => l10n.t('Maximum of {0} heads', count),
    }),
    phrase: (selection, grid) => l10n.t('In the maximum of {0} heads', headCount(selection, grid)),
    note: (shares) =>
      shares
        ? l10n.t('Each cell is that of its strongest head, so a row can sum to more than 1.')
        : l10n.t('Each cell is that of its strongest head.'),
  },
  rollout: {
    choice: () => ({ text: l10n.t('Rollout'), title: l10n.t('All heads, multiplied through the layers') }),
    title: rolloutTitle,
    plainTitle: rolloutTitle,
    phrase: ({ layer }) => l10n.t('In the rollout through layer {0}', layer),
    note: () =>
      l10n.t(
        'Weights multiplied layer by layer, with the residual connection. All heads count as equal; values and MLPs are left out.',
      ),
  },
};

interface SetTitles {
  readonly ofAll: () => string;
  readonly ofLayer: (layer: number) => string;
  readonly ofSome: (count: number) => string;
}

function setTitles({ ofAll, ofLayer, ofSome }: SetTitles): Pick<KindWords<HeadSet>, 'title' | 'plainTitle'> {
  return {
    title: ({ heads }, grid) => {
      if (heads === 'all') return ofSome(grid.layers * grid.heads);
      const layer = heads[0]?.layer;
      const isLayer = heads.length === grid.heads && heads.every((one) => one.layer === layer);
      return layer !== undefined && isLayer ? ofLayer(layer) : ofSome(heads.length);
    },
    plainTitle: ({ heads }) => (heads === 'all' ? ofAll() : ofSome(heads.length)),
  };
}

function rolloutTitle({ layer }: HeadSelection<'rollout'>): string {
  return l10n.t('Rollout through layer {0}', layer);
}

export function kindChoice<K extends HeadKind>(
  value: K,
): { readonly value: K; readonly text: string; readonly title: string } {
  return { value, ...kinds[value].choice() };
}

/** Which heads are looked at, as a title. */
export function headsTitle<K extends HeadKind>(selection: HeadSelection<K>, grid: HeadGrid): string {
  return kinds[selection.kind].title(selection, grid);
}

/** The same where the reader doesn't see how many heads there are. */
export function plainHeadsTitle<K extends HeadKind>(selection: HeadSelection<K>): string {
  return kinds[selection.kind].plainTitle(selection);
}

/** Which heads are looked at, as the beginning of a sentence. */
export function headsPhrase<K extends HeadKind>(selection: HeadSelection<K>, grid: HeadGrid): string {
  return kinds[selection.kind].phrase(selection, grid);
}

/** What a way to look at heads is, and what it is not. */
export function kindNote({ kind }: HeadSelection, shares: boolean): string {
  return kinds[kind].note(shares);
}
