import * as l10n from '@vscode/l10n';
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { weightedSum } from '../../../src/attention/steps.ts';
import { windowedWeights } from '../../../src/attention/windowed.ts';
import { tokensText } from '../../shared/phrases.ts';
import { Compared } from './Compared.tsx';
import type { RowView } from './rowView.ts';

/** The same scores with the softmax over the nearest keys alone. */
export function WindowView(props: RowView): JSX.Element {
  const { query, row, recomputed } = props;
  const chosen = useSignal(16);
  // The widest window reaches the farthest key on either side.
  const widest = Math.max(query + 1, row.keys - query);
  const window = Math.min(chosen.value, widest);
  const weights = useMemo(() => windowedWeights(recomputed.scores, query, window), [recomputed, query, window]);
  const output = useMemo(() => weightedSum(weights, row.valueVectors), [weights, row]);
  return (
    <>
      <p>
        {l10n.t(
          'Only the nearest keys are read, as in models with sliding-window attention: the cost of a token and the cache stop growing at the window, and this head cannot attend beyond it.',
        )}
      </p>
      <label class="cost-choices">
        <span>{l10n.t('Window')}</span>
        <input
          type="range"
          min={1}
          max={widest}
          value={window}
          aria-valuetext={tokensText(window)}
          data-testid="window"
          onInput={({ currentTarget }) => (chosen.value = currentTarget.valueAsNumber)}
        />
        <output>{tokensText(window)}</output>
      </label>
      <Compared {...props} name={l10n.t('window')} weights={weights} output={output} />
    </>
  );
}
