import * as l10n from '@vscode/l10n';
import type { Measure } from '../../shared/measure.ts';

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
