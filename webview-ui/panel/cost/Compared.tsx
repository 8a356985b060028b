import * as l10n from '@vscode/l10n';
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { relativeDistance, totalVariation } from '../../../src/attention/difference.ts';
import { weightText } from '../../shared/numbers.ts';
import { percent, tokensText } from '../../shared/phrases.ts';
import { labelText } from '../../shared/tokenLabel.ts';
import { domainOf } from '../steps/axis.ts';
import { paintBars } from '../steps/barPaint.ts';
import { ColumnPlot, type Lane } from '../steps/ColumnPlot.tsx';
import { Twin, Workings } from '../steps/Step.tsx';
import type { RowView } from './rowView.ts';

const LANE_HEIGHT = 44;

interface ComparedProps extends RowView {
  /** What is compared with the softmax over the whole row, as a heading. */
  readonly name: string;
  /** [keys] */
  readonly weights: Float64Array;
  /** [value size] */
  readonly output: Float64Array;
}

/** Weights beside those of the whole softmax, and what the difference does to the head's output. */
export function Compared({ theme, explained, row, recomputed, name, weights, output }: ComparedProps): JSX.Element {
  const full = recomputed.weights;
  const key = useSignal<number | undefined>(undefined);
  const lanes = useMemo((): readonly Lane[] => {
    const domain = domainOf(full, weights);
    const lane = (title: string, values: Float64Array): Lane => ({
      title: key.value === undefined ? title : `${title}: ${weightText(values[key.value]!)}`,
      height: LANE_HEIGHT,
      paint: (surface, axis, now) => paintBars(surface, axis, now, values, domain),
    });
    return [lane(l10n.t('whole row'), full), lane(name, weights)];
  }, [full, weights, key.value]);
  const nameOf = (token: number): string => labelText(explained.names[token] ?? '');
  const order = useMemo(() => byDifference(full, weights), [full, weights]);
  return (
    <>
      <ColumnPlot
        theme={theme}
        label={l10n.t('Weights of the whole row, and {0}', name)}
        count={row.keys}
        lanes={lanes}
        at={key.value}
        start={row.keys - 1}
        onPoint={(column) => (key.value = column)}
        onWalk={() => undefined}
        testId="compared-weights"
      />
      <p class="muted" data-testid="compared-key">
        {key.value === undefined ? tokensText(row.keys) : nameOf(key.value)}
      </p>
      <Workings
        testId="compared-numbers"
        lines={[
          {
            name: l10n.t('weight moved'),
            operation: l10n.t('total variation distance'),
            value: percent(totalVariation(weights, full), 1),
          },
          {
            name: l10n.t('output change'),
            operation: l10n.t('of its length'),
            value: percent(relativeDistance(output, recomputed.output), 1),
            result: true,
          },
        ]}
      />
      <Twin
        caption={l10n.t('Weights, largest difference first')}
        columns={[l10n.t('Token'), l10n.t('whole row'), name]}
        rows={order.length}
        row={(place) => {
          const token = order[place]!;
          return [nameOf(token), weightText(full[token]!), weightText(weights[token]!)];
        }}
      />
    </>
  );
}

function byDifference(full: Float64Array, weights: Float64Array): readonly number[] {
  const difference = full.map((weight, token) => Math.abs(weight - weights[token]!));
  return [...difference.keys()].sort((a, b) => difference[b]! - difference[a]!);
}
