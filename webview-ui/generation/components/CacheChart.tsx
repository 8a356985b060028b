import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import type { GenerationState } from '../../../src/protocol/generation.ts';
import { bytesText } from '../../shared/amounts.ts';
import { StepChart } from './StepChart.tsx';

/** Bytes of the cache after each step; those reserved beside them where they are more. */
export function CacheChart({ state }: { readonly state: GenerationState }): JSX.Element | null {
  const sizes = state.steps.map(({ cacheBytes }) => cacheBytes);
  const now = sizes[state.taken];
  if (sizes.length < 2 || now === undefined) return null;
  const largest = Math.max(...sizes.map(({ reserved }) => reserved));
  const isReserved = sizes.some(({ used, reserved }) => reserved > used);
  const caption = (
    <>
      <span>{l10n.t('size after each step, up to {0}', bytesText(largest))}</span>
      <span class="grow" />
      {isReserved && <span class="key cached">{l10n.t('used')}</span>}
      {isReserved && <span class="key recomputed">{l10n.t('reserved')}</span>}
    </>
  );
  const used = { className: 'cached', values: sizes.map((size) => size.used) } as const;
  const reserved = { className: 'recomputed', values: sizes.map((size) => size.reserved) } as const;
  const title = l10n.t('Size of the cache after each step. This step: {0}.', bytesText(now.used));
  const lines = isReserved ? [reserved, used] : [used];
  return <StepChart testId="cache-chart" {...{ title, caption, lines, largest }} taken={state.taken} />;
}
