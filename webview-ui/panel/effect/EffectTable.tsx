import * as l10n from '@vscode/l10n';
import type { Signal } from '@preact/signals';
import type { JSX } from 'preact';
import { TokenLabel } from '../../shared/controls.tsx';
import { valueText } from '../../shared/measure.ts';
import { distanceText, weightText } from '../../shared/numbers.ts';
import { normDefinition } from '../../shared/phrases.ts';
import { quotedName } from '../../shared/tokenLabel.ts';
import { hoverCell } from '../state/hover.ts';
import { bitsText, probabilityText } from './effectNumbers.ts';
import type { EffectView } from './effectView.ts';
import type { Column, TokenRow } from './tokenRows.ts';

interface ColumnTexts {
  readonly name: Column;
  readonly heading: () => string;
  readonly title: () => string;
  readonly text: (value: number) => string;
}

const columns: readonly ColumnTexts[] = [
  { name: 'weight', heading: () => l10n.t('weight'), title: () => l10n.t('Attention weight'), text: weightText },
  {
    name: 'norm',
    heading: () => l10n.t('norm'),
    title: normDefinition,
    text: (value) => valueText(value, 'norm'),
  },
  {
    name: 'effect',
    heading: () => l10n.t('effect'),
    title: () => l10n.t('KL divergence of the prediction without the token, in bits'),
    text: bitsText,
  },
  {
    name: 'probability',
    heading: () => l10n.t('then'),
    title: () => l10n.t('Probability of the next token without the token'),
    text: probabilityText,
  },
];

interface EffectTableProps extends EffectView {
  readonly rows: readonly TokenRow[];
  readonly order: Signal<Column>;
}

/** The tokens of a row by one of their numbers; arrow keys walk them, Enter pins the cell. */
export function EffectTable({ store, explained, token, rows, order }: EffectTableProps): JSX.Element {
  const largest = columns.map(({ name }) => rows.reduce((most, row) => Math.max(most, row[name] ?? 0), 0));
  const { partner } = store.focus.value;
  const lineOf = (key: number): number | undefined => {
    const line = explained.lineOf[key]!;
    return line < 0 || line === explained.lineOf[token] ? undefined : store.firstLine.value + line;
  };
  const point = (key: number): void => store.setHover(hoverCell({ query: token, key }, key));
  const onKeyDown = (event: KeyboardEvent & { readonly currentTarget: HTMLElement }): void => {
    const buttons = [...event.currentTarget.querySelectorAll<HTMLElement>('button')];
    const place = buttons.findIndex((button) => button === document.activeElement);
    const next = { ArrowUp: place - 1, ArrowDown: place + 1, Home: 0, End: buttons.length - 1 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    buttons[Math.max(0, Math.min(buttons.length - 1, next))]?.focus();
  };
  return (
    <table class="effects" data-testid="effect-table">
      <thead>
        <tr>
          <th scope="col">{l10n.t('Token')}</th>
          {columns.map(({ name, heading, title }) => (
            <th key={name} scope="col" aria-sort={order.value === name ? sortOf(name) : 'none'}>
              <button type="button" title={title()} data-testid={`sort-${name}`} onClick={() => (order.value = name)}>
                {heading()}
              </button>
            </th>
          ))}
        </tr>
      </thead>
      <tbody onKeyDown={onKeyDown} onMouseLeave={() => store.setHover(undefined)}>
        {rows.map((row, place) => (
          <tr
            key={row.token}
            data-token={row.token}
            aria-current={row.token === partner}
            onMouseEnter={() => point(row.token)}
            onClick={() => store.pin(token, row.token)}
          >
            <th scope="row">
              <button
                type="button"
                tabIndex={place === 0 ? 0 : -1}
                onFocus={() => point(row.token)}
                onBlur={() => store.setHover(undefined)}
              >
                <TokenLabel name={quotedName(explained.names[row.token]!)} />{' '}
                <span class="distance">
                  {row.token === token ? l10n.t('self') : distanceText(row.token - token)}
                  {lineOf(row.token) !== undefined && <> {l10n.t('line {0}', lineOf(row.token)!)}</>}
                </span>
              </button>
            </th>
            {columns.map(({ name, text }, column) => (
              <td key={name}>
                {row[name] === undefined ? '–' : text(row[name])}
                {name !== 'probability' && (
                  <span class="bar" aria-hidden="true">
                    <i style={{ width: barWidth(row[name] ?? 0, largest[column]!) }} />
                  </span>
                )}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function barWidth(value: number, largest: number): string {
  return largest === 0 ? '0' : `${(value / largest) * 100}%`;
}

function sortOf(name: Column): 'ascending' | 'descending' {
  return name === 'probability' ? 'ascending' : 'descending';
}
