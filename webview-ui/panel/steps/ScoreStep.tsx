import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { capped } from '../../../src/attention/steps.ts';
import type { RowSteps } from '../../../src/protocol/inspection.ts';
import { numberText } from '../../shared/numbers.ts';
import { Difference, toleranceOf } from './Difference.tsx';
import { Step, Workings, type Working } from './Step.tsx';
import type { StepsView } from './view.ts';

/** From the product to the score that enters the softmax. */
export function ScoreStep({ explained, row, recomputed, target }: StepsView): JSX.Element {
  const { headSize, scale, softcap, bias, scores } = row;
  const product = recomputed.products[target]!;
  const scaled = product * scale;
  const lines: readonly Working[] = [
    { name: l10n.t('q·k'), value: numberText(product) },
    {
      name: dividesByRoot(row) ? l10n.t('÷ √{0}', headSize) : l10n.t('× scale'),
      operation: l10n.t('× {0}', numberText(scale)),
      value: numberText(scaled),
    },
    ...(softcap === undefined
      ? []
      : [
          {
            name: l10n.t('soft cap'),
            operation: l10n.t('{0} · tanh({1} ÷ {0})', numberText(softcap), numberText(scaled)),
            value: numberText(capped(scaled, softcap)),
          },
        ]),
    {
      name: l10n.t('+ mask or bias'),
      operation: l10n.t('+ {0}', numberText(bias[target]!)),
      value: numberText(recomputed.scores[target]!),
    },
    { name: l10n.t('score in the model'), value: numberText(scores[target]!), result: true },
  ];
  return (
    <Step number={3} title={l10n.t('Score')} idea={scaleIdea(row)}>
      <Workings lines={lines} testId="score-workings" />
      <Difference
        text={(difference) =>
          l10n.t('Scores of this row, computed here and in the model, differ by at most {0}.', difference)
        }
        difference={recomputed.differences.scores}
        tolerance={toleranceOf(scores)}
        compute={explained.summary.model.compute}
        testId="score-difference"
      />
    </Step>
  );
}

/** Whether the scale is 1/√d, up to the precision in which a graph may hold it. */
function dividesByRoot({ headSize, scale }: RowSteps): boolean {
  return Math.abs(scale * Math.sqrt(headSize) - 1) < 1e-3;
}

function scaleIdea(row: RowSteps): string {
  const { headSize, scale } = row;
  if (scale === 1) return l10n.t('This model does not scale: the sums enter the softmax as they are.');
  return dividesByRoot(row)
    ? l10n.t(
        'A sum of {0} products spreads √{0} = {1} times as wide as one of them; dividing by that keeps the softmax from settling on a single token.',
        headSize,
        numberText(Math.sqrt(headSize)),
      )
    : l10n.t(
        'A sum of {0} products spreads wide; this model multiplies it by {1}, so that the softmax does not settle on a single token.',
        headSize,
        numberText(scale),
      );
}
