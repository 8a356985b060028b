import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import type { GenerationState } from '../../../src/protocol/generation.ts';
import { duration } from '../../shared/phrases.ts';
import { laneTimes } from '../layout/lanes.ts';
import { StepChart } from './StepChart.tsx';

/** Milliseconds of both lanes over the steps. */
export function LaneChart({ state }: { readonly state: GenerationState }): JSX.Element | null {
  const points = laneTimes(state);
  if (points.length < 2) return null;
  const largest = Math.max(...points.map(({ cached, recomputed }) => Math.max(cached, recomputed ?? 0)));
  const now = points[state.taken];
  const title = l10n.t(
    'Time of each step. This step: {0} with cache, {1} from scratch.',
    now === undefined ? '–' : duration(now.cached),
    now?.recomputed === undefined ? '–' : duration(now.recomputed),
  );
  const caption = (
    <>
      <span>{l10n.t('time per step, up to {0}', duration(largest))}</span>
      <span class="grow" />
      <span class="key cached">{l10n.t('with cache')}</span>
      <span class="key recomputed">{l10n.t('from scratch')}</span>
    </>
  );
  const lines = [
    { className: 'recomputed', values: points.map(({ recomputed }) => recomputed) },
    { className: 'cached', values: points.map(({ cached }) => cached) },
  ] as const;
  return <StepChart testId="chart" {...{ title, caption, lines, largest }} taken={state.taken} />;
}
