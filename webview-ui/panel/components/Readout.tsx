import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { weightText } from '../../shared/numbers.ts';
import { LOG_DECADES, shareOf } from '../../shared/ramp.ts';
import { cellOf } from '../state/hover.ts';
import { cellNumbers, strongestPartner } from './cellWords.ts';
import { LookPair } from './LookPair.tsx';
import type { RunPanel } from './panel.ts';
import { distancePhrase } from '../../shared/phrases.ts';

/** The cell under the pointer in numbers, always in the same place, and the colour scale. */
export function Readout(props: RunPanel): JSX.Element {
  const { store, explained } = props;
  const { token, partner } = store.lit.value;
  const other = partner ?? strongestPartner(store, explained, token);
  const cell = other === undefined ? undefined : cellOf(token, other, store.focus.value.direction);
  const numbers = cell && cellNumbers(store, explained, cell);
  const weight = numbers?.kind === 'ready' ? numbers.value.weight : undefined;
  return (
    <div class="readout">
      <div class="cell" data-testid="readout">
        {cell && <LookPair cell={cell} names={explained.names} />}
        {numbers?.kind === 'ready' && (
          <>
            <Fact name={l10n.t('weight')} value={weightText(numbers.value.weight)} />
            <Fact name={l10n.t('rank')} value={l10n.t('{0} of {1}', numbers.value.rank, numbers.value.of)} />
            <span class="fact">{distancePhrase(numbers.value.distance)}</span>
          </>
        )}
      </div>
      <Legend {...props} weight={weight} apart={cell?.key === 0} />
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

/** What the colours stand for; the mark is the weight of the read-out cell, unless that is off the scale. */
function Legend({
  store,
  theme,
  weight,
  apart,
}: RunPanel & { readonly weight: number | undefined; readonly apart: boolean }): JSX.Element {
  const scale = store.scale.value;
  const sinkApart = store.sinkApart.value;
  const loaded = store.weights.value?.peak(sinkApart);
  const peak = scale === 'log' ? 1 : loaded?.kind === 'ready' ? loaded.value : undefined;
  const { css } = theme.value.ramp;
  const stops = css.filter((_, step) => step % 15 === 0).join(', ');
  const ticks = peak === undefined ? [] : scale === 'log' ? logTicks() : ['0', weightTick(peak / 2), weightTick(peak)];
  const shown = weight !== undefined && peak !== undefined && !(apart && sinkApart);
  return (
    <div
      class="legend"
      role="img"
      aria-label={l10n.t('Colour scale from {0} to {1}', ticks[0] ?? '', ticks.at(-1) ?? '')}
      data-testid="legend"
    >
      <div class="bar" style={{ backgroundImage: `linear-gradient(to right, ${stops})` }}>
        {shown && <i style={{ left: `${shareOf(weight, scale, peak) * 100}%` }} />}
      </div>
      <div class="ticks">
        {ticks.map((tick) => (
          <span key={tick}>{tick}</span>
        ))}
      </div>
    </div>
  );
}

function logTicks(): readonly string[] {
  return Array.from({ length: LOG_DECADES / 2 + 1 }, (_, place) =>
    String(10 ** (2 * place - LOG_DECADES)).replace('0.', '.'),
  );
}

function weightTick(weight: number): string {
  return weight.toFixed(weight < 0.1 ? 3 : 2).replace(/^0\./, '.');
}
