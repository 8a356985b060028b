import type { ReadonlySignal } from '@preact/signals';
import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { isShare, type Measure, valueText } from '../measure.ts';
import { LOG_DECADES, type Scale, shareOf } from '../ramp.ts';
import type { Theme } from '../theme.ts';

interface LegendProps {
  readonly theme: ReadonlySignal<Theme>;
  readonly scale: Scale;
  readonly measure?: Measure;
  /** The weight at the upper end; `undefined` until it is known. */
  readonly peak: number | undefined;
  /** A weight to be marked on the scale. */
  readonly weight?: number | undefined;
}

/** What the colours of a matrix stand for. */
export function Legend({ theme, scale, measure = 'weight', peak, weight }: LegendProps): JSX.Element {
  const { css } = theme.value.ramp;
  const stops = css.filter((_, step) => step % 15 === 0).join(', ');
  const ticks = peak === undefined ? [] : ticksOf(scale, measure, peak);
  return (
    <div
      class="legend"
      role="img"
      aria-label={l10n.t('Colour scale from {0} to {1}', ticks[0] ?? '', ticks.at(-1) ?? '')}
      data-testid="legend"
    >
      <div class="bar" style={{ backgroundImage: `linear-gradient(to right, ${stops})` }}>
        {weight !== undefined && peak !== undefined && <i style={{ left: `${shareOf(weight, scale, peak) * 100}%` }} />}
      </div>
      <div class="ticks">
        {ticks.map((tick) => (
          <span key={tick}>{tick}</span>
        ))}
      </div>
    </div>
  );
}

function ticksOf(scale: Scale, measure: Measure, peak: number): readonly string[] {
  const values = scale === 'log' ? logTicks().map((share) => share * peak) : [0, peak / 2, peak];
  if (!isShare(measure)) return values.map((value) => valueText(value, measure));
  return values.map((value) => (scale === 'log' || value === 0 ? String(value).replace('0.', '.') : weightTick(value)));
}

/** Every second power of ten of the logarithmic scale. */
function logTicks(): readonly number[] {
  return Array.from({ length: LOG_DECADES / 2 + 1 }, (_, place) => 10 ** (2 * place - LOG_DECADES));
}

function weightTick(weight: number): string {
  return weight.toFixed(weight < 0.1 ? 3 : 2).replace(/^0\./, '.');
}
