import * as l10n from '@vscode/l10n';
import type { HeadSelection } from '../../../src/protocol/run.ts';
import type { Measure } from '../../shared/measure.ts';

/** What a combination of heads is, and what it is not. */
export function combinationNote({ kind }: HeadSelection): string {
  switch (kind) {
    case 'head':
      return l10n.t('Ctrl+click or Space adds a head, a layer’s name its heads.');
    case 'mean':
      return l10n.t('Rows still sum to 1, but what one head does alone fades.');
    case 'max':
      return l10n.t('Each cell is of its strongest head: rows sum to more than 1.');
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
      return l10n.t('A high weight is not importance: it says where a head reads, not what changes the prediction.');
    case 'rollout':
      return l10n.t('Rollout is not importance: it follows where layers read, not what they do with it.');
    case 'norm':
      return l10n.t(
        'Length of weight × value as it leaves the head: no share, and still not what changes the prediction.',
      );
  }
}
