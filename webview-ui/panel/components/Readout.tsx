import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { measureOf, valueText } from '../../shared/measure.ts';
import { Legend } from '../../shared/matrix/Legend.tsx';
import { cellOf } from '../state/hover.ts';
import { cellNumbers, strongestPartner } from './cellWords.ts';
import { PAIR_HEADS } from './HeadsForPair.tsx';
import { LookPair } from './LookPair.tsx';
import type { RunPanel } from './panel.ts';
import { countText, distancePhrase, measureName } from '../../shared/phrases.ts';

interface ReadoutProps extends RunPanel {
  /** Tokens on each side of a pixel's block. */
  readonly block: number;
}

/** The cell under the pointer in numbers, always in the same place, and the colour scale. */
export function Readout({ store, theme, explained, block }: ReadoutProps): JSX.Element {
  const { token, partner } = store.lit.value;
  const other = partner ?? strongestPartner(store, explained, token);
  const cell = other === undefined ? undefined : cellOf(token, other, store.focus.value.direction);
  const numbers = cell && cellNumbers(store, explained, cell);
  const weight = numbers?.kind === 'ready' ? numbers.value.weight : undefined;
  const [scale, sinkApart] = [store.scale.value, store.sinkApart.value];
  const measure = measureOf(store.focus.value);
  return (
    <div class="readout">
      <div class="cell" data-testid="readout">
        {cell && <LookPair cell={cell} names={explained.names} />}
        {numbers?.kind === 'ready' && (
          <>
            <Fact name={measureName(measure)} value={valueText(numbers.value.weight, measure)} />
            <Fact
              name={l10n.t('rank')}
              value={l10n.t('{0} of {1}', countText(numbers.value.rank), countText(numbers.value.of))}
            />
            <span class="fact">{distancePhrase(numbers.value.distance)}</span>
            <button
              type="button"
              class="link"
              title={l10n.t('Go to the list of the strongest heads for this pair')}
              data-testid="find-heads"
              onClick={() => document.querySelector<HTMLElement>(`#${PAIR_HEADS} li button`)?.focus()}
            >
              {l10n.t('Strongest heads')}
            </button>
          </>
        )}
        {block > 1 && (
          <span class="fact" data-testid="pooled">
            {store.pooling.value === 'max'
              ? l10n.t('each pixel: the largest of {0} × {0} cells', block)
              : l10n.t('each pixel: the mean of {0} × {0} cells', block)}
          </span>
        )}
      </div>
      <Legend
        theme={theme}
        scale={scale}
        measure={measure}
        peak={store.scaleEnd.value}
        weight={cell?.key === 0 && sinkApart ? undefined : weight}
      />
    </div>
  );
}

function Fact({ name, value }: { readonly name: string; readonly value: string }): JSX.Element {
  return (
    <span class="fact">
      {name} <b>{value}</b>
    </span>
  );
}
