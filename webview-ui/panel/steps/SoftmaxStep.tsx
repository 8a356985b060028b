import { useSignal } from '@preact/signals';
import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { entropyBits } from '../../../src/attention/statements.ts';
import { softmaxParts, unscaledWeights } from '../../../src/attention/steps.ts';
import { numberText, weightText } from '../../shared/numbers.ts';
import { tokensText } from '../../shared/phrases.ts';
import { labelText, quotedName } from '../../shared/tokenLabel.ts';
import { domainOf } from './axis.ts';
import { paintBars, paintHatched } from './barPaint.ts';
import { ColumnPlot, type Lane } from './ColumnPlot.tsx';
import { Difference, TOLERANCE } from './Difference.tsx';
import { Step, Twin, Workings } from './Step.tsx';
import type { StepsView } from './view.ts';
import { paintTokenLabels } from './tokenLabelPaint.ts';

/** All scores of the row, the weights that softmax makes of them, and those it would make without scaling. */
export function SoftmaxStep(view: StepsView): JSX.Element {
  const { store, theme, explained, row, recomputed, query, target, onPoint, onPick } = view;
  const compares = useSignal(false);
  const { scores, weights } = recomputed;
  const unscaled = useMemo(() => unscaledWeights(row, recomputed.products), [row, recomputed]);
  const apart = store.sinkApart.value && row.keys > 1;
  const besides = compares.value;
  const rowLanes = useMemo<readonly Lane[]>(() => {
    const lane = (title: string, values: Float64Array): Lane => {
      const { high } = domainOf(apart ? values.subarray(1) : values);
      const beyond = apart && values[0]! > high;
      const peak = weightText(high);
      return {
        title: beyond
          ? l10n.t('{0}, up to {1} apart from the first token', title, peak)
          : l10n.t('{0}, up to {1}', title, peak),
        height: 48,
        paint: (surface, axis, colours) => {
          paintBars(surface, axis, colours, values, { low: 0, high: high || 1 });
          if (beyond) paintHatched(surface, axis, colours, 0);
        },
      };
    };
    const scoreDomain = domainOf(scores);
    return [
      {
        title: l10n.t('scores of {0}', tokensText(row.keys)),
        height: 48,
        paint: (surface, axis, colours) => paintBars(surface, axis, colours, scores, scoreDomain),
      },
      lane(l10n.t('weights: softmax of the scores'), weights),
      ...(besides ? [lane(l10n.t('weights without scaling'), unscaled)] : []),
    ];
  }, [row, recomputed, unscaled, besides, apart]);
  const labels = useMemo<Lane>(
    () => ({
      height: 64,
      paint: (surface, axis, colours) => paintTokenLabels(surface, axis, colours, explained.names, target),
    }),
    [explained, row, target],
  );
  const lanes = useMemo(() => [...rowLanes, labels], [rowLanes, labels]);
  const ranked = useMemo(() => [...weights.keys()].sort((a, b) => weights[b]! - weights[a]!), [weights]);
  const nameOf = (key: number): string => labelText(quotedName(explained.names[key] ?? ''));
  const say = (key: number): string =>
    l10n.t('{0}: score {1}, weight {2}', nameOf(key), numberText(scores[key]!), weightText(weights[key]!));
  return (
    <Step
      number={4}
      title={l10n.t('Softmax')}
      idea={l10n.t(
        'Each score s becomes e^s, divided by the sum of all of these: weights are never negative and add up to 1.',
      )}
      tools={
        row.scale !== 1 && (
          <button
            type="button"
            class="toggle"
            aria-pressed={besides}
            title={l10n.t('The same row if the products were not scaled')}
            data-testid="without-scaling"
            onClick={() => (compares.value = !besides)}
          >
            {l10n.t('Without scaling')}
          </button>
        )
      }
    >
      <ColumnPlot
        theme={theme}
        label={l10n.t(
          'Scores and weights of {0} over {1}. Arrow keys move over the tokens, Enter pins.',
          nameOf(query),
          tokensText(row.keys),
        )}
        count={row.keys}
        lanes={lanes}
        at={target}
        start={target}
        onPoint={onPoint}
        onWalk={(key) => store.announce(say(key))}
        onPick={onPick}
        testId="row-plot"
      />
      <Workings lines={softmaxLines(view)} testId="softmax-workings" />
      <Difference
        text={(difference) =>
          l10n.t('Weights of this row, computed here and in the model, differ by at most {0}.', difference)
        }
        difference={recomputed.differences.weights}
        tolerance={TOLERANCE}
        compute={explained.summary.model.compute}
        testId="weight-difference"
      />
      <Scaling weights={weights} unscaled={besides ? unscaled : undefined} />
      <Twin
        caption={l10n.t('Scores and weights of the row, the largest first')}
        columns={[l10n.t('Token'), l10n.t('Score'), l10n.t('Weight'), l10n.t('Weight without scaling')]}
        rows={ranked.length}
        row={(place) => {
          const key = ranked[place]!;
          return [nameOf(key), numberText(scores[key]!), weightText(weights[key]!), weightText(unscaled[key]!)];
        }}
      />
    </Step>
  );
}

/** How spread out the row is, as it is and without scaling. */
function Scaling({
  weights,
  unscaled,
}: {
  readonly weights: Float64Array;
  readonly unscaled: Float64Array | undefined;
}): JSX.Element {
  const rows = unscaled ? [weights, unscaled] : [weights];
  const all = { start: 0, end: weights.length };
  return (
    <table class="workings scaling" data-testid="scaling">
      {unscaled && (
        <thead>
          <tr>
            <td />
            <th scope="col">{l10n.t('with scaling')}</th>
            <th scope="col">{l10n.t('without')}</th>
          </tr>
        </thead>
      )}
      <tbody>
        <tr>
          <th scope="row">{l10n.t('entropy of the row')}</th>
          {rows.map((one, place) => (
            <td key={place}>{l10n.t('{0} bits', entropyBits(one, all).toFixed(2))}</td>
          ))}
        </tr>
        <tr>
          <th scope="row">{l10n.t('largest weight')}</th>
          {rows.map((one, place) => (
            <td key={place}>{weightText(one.reduce((most, weight) => Math.max(most, weight), 0))}</td>
          ))}
        </tr>
      </tbody>
    </table>
  );
}

function softmaxLines({ row, recomputed, target }: StepsView): Parameters<typeof Workings>[0]['lines'] {
  const { scores, weights } = recomputed;
  const { largest, total } = softmaxParts(scores);
  const difference = scores[target]! - largest;
  return [
    {
      name: l10n.t('− the largest score'),
      operation: l10n.t('{0} − {1}', numberText(scores[target]!), numberText(largest)),
      value: numberText(difference),
    },
    { name: l10n.t('e to that power'), value: numberText(Math.exp(difference)) },
    {
      name: l10n.t('÷ sum over {0}', tokensText(row.keys)),
      operation: l10n.t('÷ {0}', numberText(total)),
      value: numberText(weights[target]!),
    },
    { name: l10n.t('weight in the model'), value: numberText(row.weights[target]!), result: true },
  ];
}
