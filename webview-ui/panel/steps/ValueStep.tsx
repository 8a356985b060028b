import { useSignal } from '@preact/signals';
import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { vectorOf } from '../../../src/attention/steps.ts';
import { Quoted, Sentence } from '../../shared/controls.tsx';
import { numberText, weightText } from '../../shared/numbers.ts';
import { tokensText } from '../../shared/phrases.ts';
import { labelText, quotedName } from '../../shared/tokenLabel.ts';
import { evenDomain } from './axis.ts';
import { paintBars } from './barPaint.ts';
import { ColumnPlot, type Lane } from './ColumnPlot.tsx';
import { Contributions } from './Contributions.tsx';
import { Difference, toleranceOf } from './Difference.tsx';
import { Step, Twin } from './Step.tsx';
import type { StepsView } from './view.ts';

/** The values, each times its weight, and their sum: the head's output. */
export function ValueStep(view: StepsView): JSX.Element {
  const { store, theme, explained, row, recomputed, target } = view;
  const { output } = recomputed;
  const weight = recomputed.weights[target]!;
  const value = vectorOf(row.valueVectors, target, output.length);
  const pointed = useSignal<number | undefined>(undefined);
  const name = explained.names[target] ?? '';
  const weighted = useMemo(() => Float64Array.from(value, (number) => weight * number), [row, recomputed, target]);
  const lanes = useMemo<readonly Lane[]>(() => {
    const domain = evenDomain(weighted, output);
    const lane = (title: JSX.Element | string, values: Float64Array): Lane => ({
      title,
      height: 40,
      paint: (surface, axis, colours) => paintBars(surface, axis, colours, values, domain),
    });
    return [
      lane(
        <Sentence
          text={l10n.t('{0} · v, the weighted value of {1}')}
          parts={[<b key="w">{weightText(weight)}</b>, <Quoted key="v" name={name} />]}
        />,
        weighted,
      ),
      lane(l10n.t('the head’s output: the sum over {0}', tokensText(row.keys)), output),
    ];
  }, [weighted, output, name]);
  const say = (dimension: number): string =>
    l10n.t(
      'Dimension {0}: {1} × {2} = {3}; the output is {4}',
      dimension,
      numberText(weight),
      numberText(value[dimension]!),
      numberText(weighted[dimension]!),
      numberText(output[dimension]!),
    );
  const told = pointed.value ?? largest(output);
  return (
    <Step
      number={5}
      title={l10n.t('Output')}
      idea={l10n.t(
        'A value is what a token passes on to those that attend to it. The head adds up all values, each times its weight.',
      )}
    >
      <ColumnPlot
        theme={theme}
        label={l10n.t(
          'Weighted value of {0} and output of the head, {1} numbers each. Arrow keys move over the dimensions.',
          labelText(quotedName(name)),
          output.length,
        )}
        count={output.length}
        lanes={lanes}
        at={pointed.value}
        start={-1}
        onPoint={(dimension) => (pointed.value = dimension)}
        onWalk={(dimension) => store.announce(say(dimension))}
        testId="values"
      />
      <p class="plot-readout long" data-testid="value-readout">
        {say(told)}
      </p>
      <Difference
        text={(difference) => l10n.t('The sum, computed here and in the model, differs by at most {0}.', difference)}
        difference={recomputed.differences.output}
        tolerance={toleranceOf(row.output)}
        compute={explained.summary.model.compute}
        testId="output-difference"
      />
      <Twin
        caption={l10n.t('Weighted value and output by dimension')}
        columns={[l10n.t('Dimension'), l10n.t('Value'), l10n.t('Weighted value'), l10n.t('Output of the head')]}
        rows={output.length}
        row={(dimension) => [
          String(dimension),
          ...[value[dimension]!, weighted[dimension]!, output[dimension]!].map(numberText),
        ]}
      />
      <Contributions {...view} />
    </Step>
  );
}

function largest(values: Float64Array): number {
  return values.reduce((best, value, place) => (Math.abs(value) > Math.abs(values[best]!) ? place : best), 0);
}
