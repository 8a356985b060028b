import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import type { Work } from '../../../src/protocol/generation.ts';
import { Icon } from '../../shared/controls.tsx';
import { scientific } from '../../shared/numbers.ts';
import { duration } from '../../shared/phrases.ts';
import { countText, millisecondsText } from '../../shared/amounts.ts';
import { laneTotals } from '../layout/lanes.ts';
import { LaneChart } from './LaneChart.tsx';
import { Section } from './Section.tsx';
import type { ReadyView } from './view.ts';

/** Rounding of fp32; a larger difference is what a window changed, or a lower precision. */
const ROUNDING = 1e-4;

/** What the present step cost with the cache, and what it would have cost without. */
export function Lanes(view: ReadyView): JSX.Element {
  const { store, ready } = view;
  return (
    <Section store={store} id="step" title={l10n.t('This Step')} summary={<Difference {...view} />}>
      {() => (
        <>
          <LaneTable {...view} />
          <Totals {...view} />
          <LaneChart state={ready.state} />
          <Again {...view} />
          <Idea {...view} />
        </>
      )}
    </Section>
  );
}

function Idea({ ready }: ReadyView): JSX.Element {
  const { passDependence } = ready.origin;
  return (
    <p class="idea">
      {passDependence === undefined
        ? l10n.t(
            'Keys and values of earlier tokens never change, so they are kept: a step computes one row instead of the whole matrix. The price is memory.',
          )
        : l10n.t(
            'Keys and values of earlier tokens are kept: a step computes one row instead of the whole matrix. In this model ({0}), numbers are scaled by the others of their pass, so that without the cache the same tokens get slightly different keys, and the logits differ.',
            passDependence,
          )}
    </p>
  );
}

function Difference({ ready }: ReadyView): JSX.Element | null {
  const { steps, taken } = ready.state;
  const difference = steps[taken]?.recomputed?.difference;
  if (difference === undefined) return null;
  const isSame = difference <= ROUNDING;
  return (
    <span title={l10n.t('Largest difference between the logits of both lanes')} data-testid="difference">
      <Icon name={isSame ? 'pass' : 'info'} className={isSame ? 'passed' : ''} />
      {isSame
        ? l10n.t('same logits, ± {0}', scientific(difference))
        : l10n.t('logits differ by {0}', difference < 0.05 ? scientific(difference) : difference.toFixed(1))}
    </span>
  );
}

function LaneTable({ store, ready }: ReadyView): JSX.Element {
  const { steps, taken } = ready.state;
  const step = steps[taken];
  const isOn = store.recompute.value;
  return (
    <table class="lanes" data-testid="lanes">
      <thead>
        <tr>
          <td />
          <th scope="col">{l10n.t('rows × keys')}</th>
          <th scope="col" title={l10n.t('Multiply-accumulates, counted from the shapes of the graph')}>
            {l10n.t('mult-adds')}
          </th>
          <th scope="col">{l10n.t('ms')}</th>
        </tr>
      </thead>
      <tbody>
        <LaneRow className="cached" name={l10n.t('With cache')} work={step?.cached} />
        <LaneRow
          className="recomputed"
          name={
            <label
              title={l10n.t('Computed by a request of its own after each step; the first lane does not wait for it')}
            >
              <input
                type="checkbox"
                checked={isOn}
                data-testid="recompute"
                onChange={(event) => store.setRecompute(event.currentTarget.checked)}
              />
              {l10n.t('From scratch')}
            </label>
          }
          work={step?.recomputed}
        />
      </tbody>
    </table>
  );
}

/** Over all steps. The prompt's pass alone saves nothing, so it is not compared by itself. */
function Totals({ ready }: ReadyView): JSX.Element | null {
  const { cached, beside, recomputed } = laneTotals(ready.state);
  const { taken } = ready.state;
  if (taken === 0) return null;
  return (
    <p class="totals" data-testid="totals">
      {recomputed.operations <= beside.operations ? (
        l10n.t('All {0} steps with cache: {1} ms.', cached.steps, millisecondsText(cached.milliseconds))
      ) : (
        <>
          {recomputed.steps === taken + 1
            ? l10n.t('All {0} steps:', taken + 1)
            : l10n.t('{0} of {1} steps:', recomputed.steps, taken + 1)}{' '}
          <b>
            {l10n.t(
              '{0} against {1} ms',
              millisecondsText(beside.milliseconds),
              millisecondsText(recomputed.milliseconds),
            )}
          </b>
          {', '}
          {l10n.t('{0}× fewer multiply-accumulates', (recomputed.operations / beside.operations).toFixed(1))}
        </>
      )}
    </p>
  );
}

interface LaneRowProps {
  readonly className: string;
  readonly name: JSX.Element | string;
  readonly work: Work | undefined;
}

function LaneRow({ className, name, work }: LaneRowProps): JSX.Element {
  return (
    <tr class={className}>
      <th scope="row">
        <i class="shape" aria-hidden="true" />
        {name}
      </th>
      <td title={work && l10n.t('{0} cells of attention in each head', work.cells.toLocaleString('en'))}>
        {work ? l10n.t('{0} × {1}', work.positions, work.keys) : '–'}
      </td>
      <td>{work ? countText(work.operations) : '–'}</td>
      <td>{work ? millisecondsText(work.milliseconds) : '–'}</td>
    </tr>
  );
}

function Again({ ready }: ReadyView): JSX.Element | null {
  const { positions, milliseconds } = ready.state.again;
  if (positions === 0) return null;
  return (
    <p class="muted small">
      {positions === 1
        ? l10n.t('Computed again beside the steps: 1 position, {0}.', duration(milliseconds))
        : l10n.t('Computed again beside the steps: {0} positions, {1}.', positions, duration(milliseconds))}
    </p>
  );
}
