import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { distanceText, weightText } from '../../shared/numbers.ts';
import { labelText } from '../../shared/tokenLabel.ts';
import { ranked } from '../layout/amounts.ts';
import type { SideView } from './view.ts';

const LONGEST = 50;

/** The row of the compared token as a real table, for screen readers. */
export function RowTwin({ store, texts, index }: SideView): JSX.Element {
  const { names, weights } = texts.sides[index];
  const token = store.tokens.value[index];
  const row = weights.value.line(token, 'looksAt');
  const partners = row.kind === 'ready' ? ranked(row.value, token).filter(({ amount }) => amount > 0) : [];
  return (
    <table class="screen-reader" data-testid={`row-table-${index}`}>
      <caption>{l10n.t('What token {0}, {1}, looks at', token, labelText(names[token]!))}</caption>
      <thead>
        <tr>
          <th scope="col">{l10n.t('Token')}</th>
          <th scope="col">{l10n.t('Weight')}</th>
          <th scope="col">{l10n.t('Distance')}</th>
        </tr>
      </thead>
      <tbody>
        {partners.slice(0, LONGEST).map(({ token: partner, amount, distance }) => (
          <tr key={partner}>
            <th scope="row">{labelText(names[partner]!)}</th>
            <td>{weightText(amount)}</td>
            <td>{distanceText(distance)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
