import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { Unavailable } from '../../shared/runStates.tsx';
import { axisFrom, axisText, cosineText } from '../layout/amounts.ts';
import type { TextsView } from './view.ts';
import { SimilarityWords } from './Words.tsx';

/** How alike the compared tokens are in what each layer's attention reads of them. */
export function Similarity(view: TextsView): JSX.Element {
  const { store } = view;
  const cosines = store.cosines.value;
  return (
    <section
      class="similarity"
      aria-label={l10n.t('Likeness by layer')}
      data-testid="similarity"
      data-state={cosines.kind}
    >
      <div class="section-title">
        <h2>{l10n.t('Its vector, as each layer’s attention reads it')}</h2>
        <span class="grow" />
        <span class="muted hint">{l10n.t('cosine: 1 for the same direction, 0 at right angles')}</span>
      </div>
      {cosines.kind === 'failed' && (
        <Unavailable
          failure={cosines.failure}
          onRetry={() => store.retry()}
          onShowLog={() => store.host.act('showLog')}
        />
      )}
      {cosines.kind === 'ready' && (
        <>
          <Chart cosines={cosines.value} />
          <SimilarityWords {...view} cosines={cosines.value} />
        </>
      )}
    </section>
  );
}

/** A point for each layer with its number. The axis begins where the numbers need it to, and says where. */
function Chart({ cosines }: { readonly cosines: readonly number[] }): JSX.Element {
  const from = axisFrom(cosines);
  const share = (cosine: number): number => (cosine - from) / (1 - from);
  return (
    <div class="cosines">
      <span class="axis muted" aria-hidden="true">
        <span>1</span>
        <span>{axisText(from)}</span>
      </span>
      <ol data-testid="cosines" style={{ '--layers': cosines.length }}>
        <svg viewBox={`0 0 ${cosines.length} 1`} preserveAspectRatio="none" aria-hidden="true">
          <polyline
            points={cosines
              .flatMap((cosine, layer) => (Number.isFinite(cosine) ? [`${layer + 0.5},${1 - share(cosine)}`] : []))
              .join(' ')}
          />
        </svg>
        {cosines.map((cosine, layer) => (
          <li key={layer} aria-label={l10n.t('Layer {0}: cosine {1}', layer, cosineText(cosine))}>
            <b>{cosineText(cosine)}</b>
            <span class="column" aria-hidden="true">
              {Number.isFinite(cosine) && <i style={{ bottom: `${share(cosine) * 100}%` }} />}
            </span>
            <span class="muted">{l10n.t('L{0}', layer)}</span>
          </li>
        ))}
      </ol>
    </div>
  );
}
