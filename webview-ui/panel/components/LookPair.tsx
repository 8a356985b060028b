import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { Icon, TokenLabel } from '../../shared/controls.tsx';
import { quotedName } from '../../shared/tokenLabel.ts';
import type { CellPlace } from '../../shared/matrix/frame.ts';

/** Which token looks at which. */
export function LookPair({
  cell,
  names,
}: {
  readonly cell: CellPlace;
  readonly names: readonly string[];
}): JSX.Element {
  return (
    <span class="look-pair">
      <TokenLabel name={quotedName(names[cell.query]!)} />
      <Icon name="arrow-right" />
      <span class="screen-reader">{l10n.t('looks at')}</span>
      <TokenLabel name={quotedName(names[cell.key]!)} />
    </span>
  );
}
