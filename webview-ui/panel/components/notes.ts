import * as l10n from '@vscode/l10n';
import type { HeadSelection } from '../../../src/protocol/run.ts';
import { isShare, type Measure } from '../../shared/measure.ts';

/** What a combination of heads is, and what it is not. */
export function combinationNote({ kind }: HeadSelection, measure: Measure): string {
  switch (kind) {
    case 'head':
      return l10n.t('Ctrl+click or Space adds a head; a layer’s name selects its heads.');
    case 'mean':
      return isShare(measure)
        ? l10n.t('Rows still sum to 1, but what a single head does is averaged away.')
        : l10n.t('What a single head does is averaged away.');
    case 'max':
      return isShare(measure)
        ? l10n.t('Each cell is that of its strongest head, so a row can sum to more than 1.')
        : l10n.t('Each cell is that of its strongest head.');
    case 'rollout':
      return l10n.t(
        'Weights multiplied layer by layer, with the residual connection. All heads count as equal; values and MLPs are left out.',
      );
  }
}

/** What the numbers are not. */
export function caveat(measure: Measure): string {
  switch (measure) {
    case 'weight':
      return l10n.t(
        'A high weight is not importance: it says where a head attends, not what changes the prediction; the Effect tab measures that.',
      );
    case 'rollout':
      return l10n.t('Rollout is not importance: it follows where layers attend, not what they do with it.');
    case 'norm':
      return l10n.t(
        'Length of weight × value as it leaves the head: no share, and still not what changes the prediction.',
      );
  }
}
