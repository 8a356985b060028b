import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { capped, scaleKind } from '../../../src/attention/steps.ts';
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
      name: scaleKind(row) === 'root' ? l10n.t('÷ √{0}', headSize) : l10n.t('× scale'),
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

function scaleIdea(row: RowSteps): string {
  const { headSize, scale } = row;
  switch (scaleKind(row)) {
    case 'none':
      return l10n.t('This model does not scale its products.');
    case 'root':
      return l10n.t(
        'A sum of {0} independent products spreads √{0} = {1} times as wide as one of them. Dividing by that helps to keep the softmax from settling on a single token.',
        headSize,
        numberText(Math.sqrt(headSize)),
      );
    case 'down':
      return l10n.t(
        'This model multiplies the sum by {0}, which helps to keep the softmax from settling on a single token.',
        numberText(scale),
      );
    case 'up':
      return l10n.t('This model multiplies the sum by {0}, which makes the softmax sharper.', numberText(scale));
  }
}
