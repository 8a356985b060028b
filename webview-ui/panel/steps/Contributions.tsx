import { useSignal } from '@preact/signals';
import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { outputShares, weightedValueNorms } from '../../../src/attention/steps.ts';
import { TokenLabel } from '../../shared/controls.tsx';
import { distanceText, signedPercent, weightText } from '../../shared/numbers.ts';
import { valueText } from '../../shared/measure.ts';
import { quotedName } from '../../shared/tokenLabel.ts';
import type { StepsView } from './view.ts';

const FIRST_ROWS = 8;
/** Rows that «show more» adds: a long text has thousands. */
const MORE_ROWS = 100;

/** How much each token put into the head's output: its weight is only a part of that. */
export function Contributions({ explained, row, recomputed, query, target, onPoint, onPick }: StepsView): JSX.Element {
  const shown = useSignal(FIRST_ROWS);
  const { norms, shares, ranked } = useMemo(() => {
    const lengths = row.valueWeightedNorms ?? weightedValueNorms(recomputed.weights, row.valueVectors);
    return {
      norms: lengths,
      shares: outputShares(recomputed, row.valueVectors),
      ranked: [...lengths.keys()].sort((a, b) => lengths[b]! - lengths[a]!),
    };
  }, [row, recomputed]);
  const widest = useMemo(() => shares.reduce((most, share) => Math.max(most, Math.abs(share)), 0) || 1, [shares]);
  const hidden = ranked.length - shown.value;
  const onKeyDown = (event: KeyboardEvent & { readonly currentTarget: HTMLElement }): void => {
    const rows = [...event.currentTarget.querySelectorAll<HTMLElement>('[data-token]')];
    const place = rows.findIndex((one) => one === document.activeElement);
    const next = { ArrowUp: place - 1, ArrowDown: place + 1, Home: 0, End: rows.length - 1 }[event.key];
    if (place < 0) return;
    if (next !== undefined) {
      event.preventDefault();
      rows[Math.max(0, Math.min(rows.length - 1, next))]?.focus();
    } else if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      onPick(ranked[place]!);
    }
  };
  return (
    <>
      <table
        class="contributions"
        role="grid"
        data-testid="contributions"
        onKeyDown={onKeyDown}
        onMouseLeave={() => onPoint(undefined)}
        onFocusOut={() => onPoint(undefined)}
      >
        <caption class="screen-reader">{l10n.t('What each token adds to the head’s output')}</caption>
        <thead>
          <tr>
            <th scope="col">{l10n.t('Token')}</th>
            <th scope="col">{l10n.t('Weight')}</th>
            <th scope="col" title={normTitle(row.valueWeightedNorms !== undefined)}>
              {l10n.t('Adds')}
            </th>
            <td />
            <th scope="col" title={shareTitle()}>
              {l10n.t('Share')}
            </th>
          </tr>
        </thead>
        <tbody>
          {ranked.slice(0, shown.value).map((key, place) => (
            <tr
              key={key}
              class={key === target ? 'lit' : ''}
              tabIndex={place === 0 ? 0 : -1}
              data-token={key}
              onMouseEnter={() => onPoint(key)}
              onFocus={() => onPoint(key)}
              onClick={() => onPick(key)}
            >
              <th scope="row">
                <TokenLabel name={quotedName(explained.names[key] ?? '')} />{' '}
                <span class="distance">{key === query ? l10n.t('self') : distanceText(key - query)}</span>
              </th>
              <td>{weightText(recomputed.weights[key]!)}</td>
              <td>{valueText(norms[key]!, 'norm')}</td>
              <td aria-hidden="true">
                <span class="bar">
                  <i
                    class={shares[key]! < 0 ? 'against' : ''}
                    style={{ width: `${(Math.abs(shares[key]!) / widest) * 100}%` }}
                  />
                </span>
              </td>
              <td>{signedPercent(shares[key]!)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {hidden > 0 && (
        <button type="button" class="more" data-testid="more-contributions" onClick={() => (shown.value += MORE_ROWS)}>
          {l10n.t('Show {0} more', Math.min(hidden, MORE_ROWS))}
        </button>
      )}
      <p class="idea muted">
        {normTitle(row.valueWeightedNorms !== undefined)} {shareTitle()}
      </p>
    </>
  );
}

function normTitle(projected: boolean): string {
  return projected
    ? l10n.t('Adds: length of weight times value after the output projection.')
    : l10n.t('Adds: length of weight times value, before the output projection.');
}

function shareTitle(): string {
  return l10n.t(
    'Share: its part of the head’s output, before the output projection, along the direction of that output; all add up to 100 %. A hollow bar points the other way.',
  );
}
