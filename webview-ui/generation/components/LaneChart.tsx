import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import type { GenerationState } from '../../../src/protocol/generation.ts';
import { duration } from '../../shared/phrases.ts';
import { chartPath, chartX, laneTimes } from '../layout/lanes.ts';

const BOX = { width: 300, height: 48 };

/** Milliseconds of both lanes over the steps. The prompt's pass stands first. */
export function LaneChart({ state }: { readonly state: GenerationState }): JSX.Element | null {
  const points = laneTimes(state);
  if (points.length < 2) return null;
  const largest = Math.max(...points.map(({ cached, recomputed }) => Math.max(cached, recomputed ?? 0)));
  const now = points[state.taken];
  const x = chartX(state.taken, points.length, BOX.width);
  const title = l10n.t(
    'Time of each step. This step: {0} with cache, {1} from scratch.',
    now === undefined ? '–' : duration(now.cached),
    now?.recomputed === undefined ? '–' : duration(now.recomputed),
  );
  return (
    <figure class="chart" data-testid="chart">
      <figcaption>
        <span>{l10n.t('time per step, up to {0}', duration(largest))}</span>
        <span class="grow" />
        <span class="key cached">{l10n.t('with cache')}</span>
        <span class="key recomputed">{l10n.t('from scratch')}</span>
      </figcaption>
      <svg
        viewBox={`-3 -3 ${BOX.width + 6} ${BOX.height + 6}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={title}
      >
        <line class="axis" x1={0} x2={BOX.width} y1={BOX.height} y2={BOX.height} />
        <line class="now" x1={x} x2={x} y1={0} y2={BOX.height} />
        <path
          class="recomputed"
          d={chartPath(
            points.map((point) => point.recomputed),
            largest,
            BOX,
          )}
        />
        <path
          class="cached"
          d={chartPath(
            points.map((point) => point.cached),
            largest,
            BOX,
          )}
        />
      </svg>
    </figure>
  );
}
