import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { fittedPowerLaw } from '../../../src/attention/powerLaw.ts';
import { countText, duration } from '../../shared/phrases.ts';
import { LogChart } from '../charts/LogChart.tsx';
import type { TokenPanel } from '../components/panel.ts';
import { Missing } from '../components/States.tsx';
import { lengthText } from './growth.ts';
import { timedLengths, type TimedLength } from './timings.ts';

/** How long all attention of a text takes here, over its length. Nothing is run before it is asked for. */
export function TimingSection(props: TokenPanel): JSX.Element | null {
  const timings = props.store.numbers.value?.timings;
  if (!timings) return null;
  const lengths = timedLengths(props.explained.summary.model.contextLength);
  const done = timings.done.value;
  const measuring = timings.measuring.value;
  const failure = timings.failure.value;
  return (
    <section class="cost-part" aria-label={l10n.t('Measured on this machine')} data-testid="timing">
      <h2>{l10n.t('Measured on this machine')}</h2>
      <div class="cost-choices">
        {measuring === undefined ? (
          <button
            type="button"
            class="button secondary"
            data-testid="measure"
            onClick={() => void timings.measure(lengths)}
          >
            {done.length > 0 ? l10n.t('Measure Again') : l10n.t('Measure')}
          </button>
        ) : (
          <button type="button" class="button secondary" data-testid="stop-measuring" onClick={() => timings.cancel()}>
            {l10n.t('Cancel')}
          </button>
        )}
        {measuring === undefined ? (
          <span class="muted">
            {l10n.t('Runs the model on {0} to {1} tokens.', lengths[0]!, countText(lengths.at(-1)!))}
          </span>
        ) : (
          <>
            <progress max={lengths.length} value={done.length} aria-label={l10n.t('Progress')} />
            <span role="status">{l10n.t('{0} tokens …', countText(measuring))}</span>
          </>
        )}
      </div>
      {failure && <Missing {...props} failure={failure} />}
      {done.length > 1 && <Measured done={done} />}
    </section>
  );
}

function Measured({ done }: { readonly done: readonly TimedLength[] }): JSX.Element {
  const points = done.map(({ tokens, milliseconds }) => ({ x: tokens, y: milliseconds }));
  const { exponent, factor } = fittedPowerLaw(points);
  const [first, last] = [done[0]!, done.at(-1)!];
  const fitted = [first, last].map(({ tokens }) => ({ x: tokens, y: factor * tokens ** exponent }));
  const sentence = l10n.t(
    '{0} times the tokens take {1} times as long: {2} against {3}. Over all lengths, time grows about like n to the power of {4}.',
    countText(last.tokens / first.tokens),
    (last.milliseconds / first.milliseconds).toFixed(1),
    duration(last.milliseconds),
    duration(first.milliseconds),
    exponent.toFixed(2),
  );
  return (
    <>
      <p data-testid="timing-words">{sentence}</p>
      <LogChart
        testId="timing-chart"
        title={sentence}
        series={[
          { style: 'other', name: l10n.t('fitted, n^{0}', exponent.toFixed(2)), points: fitted },
          { style: 'main', name: l10n.t('measured'), points, measured: true },
        ]}
        xTicks={done.filter((_, place) => (done.length - 1 - place) % 2 === 0).map(({ tokens }) => tokens)}
        xText={lengthText}
        yBase={10}
        yText={duration}
      />
      <details>
        <summary>{l10n.t('All numbers')}</summary>
        <table class="numbers" data-testid="timing-table">
          <thead>
            <tr>
              <th scope="col">{l10n.t('tokens')}</th>
              <th scope="col">{l10n.t('fastest')}</th>
              <th scope="col">{l10n.t('runs')}</th>
            </tr>
          </thead>
          <tbody>
            {done.map(({ tokens, milliseconds, passes }) => (
              <tr key={tokens}>
                <th scope="row">{countText(tokens)}</th>
                <td>{duration(milliseconds)}</td>
                <td>{passes}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </>
  );
}
