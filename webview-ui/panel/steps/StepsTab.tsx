import { useSignal } from '@preact/signals';
import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { recomputeRow } from '../../../src/attention/steps.ts';
import type { TokenPanel } from '../components/panel.ts';
import { Missing } from '../components/States.tsx';
import { hoverCell } from '../state/hover.ts';
import { ScoreStep } from './ScoreStep.tsx';
import { type ShownRow, useShownRow } from './shownRow.ts';
import { SoftmaxStep } from './SoftmaxStep.tsx';
import { StepsHeading } from './StepsHeading.tsx';
import { keyOf, useHoveredKey } from './stepsCell.ts';
import { ValueStep } from './ValueStep.tsx';
import { VectorSteps } from './VectorSteps.tsx';
import type { StepsView } from './view.ts';

/** How one weight comes about, from the query and the key to what leaves the head. */
export function StepsTab(props: TokenPanel): JSX.Element {
  const shown = useShownRow(props);
  if (shown.kind === 'failed') return <Missing {...props} failure={shown.failure} />;
  if (shown.kind === 'ready') return <Steps {...props} {...shown.value} />;
  return (
    <p class="steps-loading muted" role="status">
      {l10n.t('Reading the row’s vectors')}
    </p>
  );
}

function Steps(props: TokenPanel & ShownRow): JSX.Element {
  const { store, query, row, busy } = props;
  const pointed = useSignal<number | undefined>(undefined);
  const previewed = useHoveredKey(store);
  const recomputed = useMemo(() => recomputeRow(row), [row]);
  const { direction } = store.focus.value;
  const view: StepsView = {
    ...props,
    recomputed,
    target: keyOf(store, query, row, pointed.value ?? previewed),
    onPoint: (key) => {
      pointed.value = key;
      // In the other direction this would turn the token that the panel is about into another one.
      if (direction === 'looksAt') store.setHover(key === undefined ? undefined : hoverCell({ query, key }, key));
    },
    onPick: (key) => {
      const { query: token, key: partner } = direction === 'looksAt' ? { query, key } : { query: key, key: query };
      store.pin(token, partner);
    },
  };
  return (
    <div class="steps" data-testid="steps" data-query={query} data-key={view.target} aria-busy={busy}>
      <StepsHeading {...view} />
      <VectorSteps {...view} />
      <ScoreStep {...view} />
      <SoftmaxStep {...view} />
      <ValueStep {...view} />
    </div>
  );
}
