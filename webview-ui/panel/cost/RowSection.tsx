import * as l10n from '@vscode/l10n';
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { headsPhrase } from '../../../src/attention/headWords.ts';
import { recomputeRow } from '../../../src/attention/steps.ts';
import { Quoted, Segments, Sentence } from '../../shared/controls.tsx';
import type { TokenPanel } from '../components/panel.ts';
import { Missing } from '../components/States.tsx';
import type { ShownRow } from '../steps/shownRow.ts';
import { LinearView } from './LinearView.tsx';
import type { RowPanel, RowView } from './rowView.ts';
import { TilesView } from './TilesView.tsx';
import { WindowView } from './WindowView.tsx';

type Way = 'tiles' | 'window' | 'linear';

const views: Readonly<Record<Way, (props: RowView) => JSX.Element>> = {
  tiles: TilesView,
  window: WindowView,
  linear: LinearView,
};

/** The shown token's row computed by other algorithms, on its own query, keys and values. */
export function RowSection(props: RowPanel): JSX.Element {
  const { explained, shown } = props;
  const way = useSignal<Way>('tiles');
  return (
    <section class="cost-part" aria-label={l10n.t('This row with other algorithms')} data-testid="cost-row">
      <h2>{l10n.t('This row with other algorithms')}</h2>
      <div class="cost-choices">
        <Segments
          label={l10n.t('How it is computed')}
          value={way.value}
          choices={[
            {
              value: 'tiles',
              text: l10n.t('Tiles'),
              title: l10n.t('Tile by tile, as FlashAttention does: the same result but for rounding'),
            },
            {
              value: 'window',
              text: l10n.t('Window'),
              title: l10n.t('Only the nearest tokens: sliding-window attention'),
            },
            { value: 'linear', text: l10n.t('Linear'), title: l10n.t('Without a softmax: linear attention') },
          ]}
          onChoose={(value) => (way.value = value)}
        />
        {shown.kind === 'ready' && (
          <span class="muted">
            <Sentence
              text={l10n.t('{0}, the row of {1}')}
              parts={[
                headsPhrase({ kind: 'head', ...shown.value.head }, explained.grid),
                <Quoted name={explained.names[shown.value.query]!} />,
              ]}
            />
          </span>
        )}
      </div>
      {shown.kind === 'failed' && <Missing {...props} failure={shown.failure} />}
      {shown.kind === 'ready' && <Row {...props} {...shown.value} Content={views[way.value]} />}
    </section>
  );
}

function Row({
  Content,
  ...props
}: TokenPanel & ShownRow & { readonly Content: (props: RowView) => JSX.Element }): JSX.Element {
  const recomputed = useMemo(() => recomputeRow(props.row), [props.row]);
  return <Content {...props} recomputed={recomputed} />;
}
