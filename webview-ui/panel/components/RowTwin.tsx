import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { measureOf, valueText } from '../../shared/measure.ts';
import { distanceText } from '../../shared/numbers.ts';
import { measureTitle } from '../../shared/phrases.ts';
import { labelText } from '../../shared/tokenLabel.ts';
import { rankingOf } from './cellWords.ts';
import type { RunPanel } from './panel.ts';

const LONGEST = 50;

/** The focused row or column as a real table, for screen readers. */
export function RowTwin({ store, explained }: RunPanel): JSX.Element {
  const token = store.subject.value;
  const { direction } = store.focus.value;
  const measure = measureOf(store.focus.value);
  const ranking = rankingOf(store, explained, token);
  const name = labelText(explained.names[token] ?? '');
  const shown = ranking.kind === 'ready' ? ranking.value.shown.slice(0, LONGEST) : [];
  return (
    <table class="screen-reader" data-testid="row-table">
      <caption>
        {direction === 'looksAt'
          ? l10n.t('What token {0}, {1}, looks at', token, name)
          : l10n.t('What looks at token {0}, {1}', token, name)}
      </caption>
      <thead>
        <tr>
          <th scope="col">{l10n.t('Token')}</th>
          <th scope="col">{measureTitle(measure)}</th>
          <th scope="col">{l10n.t('Distance')}</th>
        </tr>
      </thead>
      <tbody>
        {shown.map((partner) => (
          <tr key={partner.token}>
            <th scope="row">{labelText(explained.names[partner.token]!)}</th>
            <td>{valueText(partner.weight, measure)}</td>
            <td>{distanceText(partner.distance)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
