import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { isShare, type Measure, valueText } from '../../shared/measure.ts';
import { countText } from '../../shared/phrases.ts';

interface FoldedProps {
  readonly count: number;
  readonly below: number;
  readonly measure: Measure;
}

/** How many rows a list leaves out because they print as nothing. */
export function Folded({ count, below, measure }: FoldedProps): JSX.Element | null {
  if (count === 0) return null;
  const limit = isShare(measure) ? String(below).replace('0.', '.') : valueText(below, measure);
  return (
    <p class="folded muted" data-testid="folded">
      {l10n.t('{0} more below {1}', countText(count), limit)}
    </p>
  );
}
