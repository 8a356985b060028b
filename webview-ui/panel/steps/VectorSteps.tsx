import { useSignal } from '@preact/signals';
import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { dimensionProducts, vectorOf } from '../../../src/attention/steps.ts';
import { Quoted, Segments, Sentence } from '../../shared/controls.tsx';
import { numberText } from '../../shared/numbers.ts';
import { labelText, quotedName } from '../../shared/tokenLabel.ts';
import { evenDomain } from './axis.ts';
import { paintBars, paintSum } from './barPaint.ts';
import { ColumnPlot, type Lane } from './ColumnPlot.tsx';
import { Step, Twin, Workings } from './Step.tsx';
import type { StepsView } from './view.ts';

type Order = 'dimension' | 'size';

/** The two vectors, and the products of their numbers that add up to q·k. */
export function VectorSteps(view: StepsView): JSX.Element {
  const { store, theme, explained, row, query, target } = view;
  const order = useSignal<Order>('dimension');
  const pointed = useSignal<number | undefined>(undefined);
  const products = useMemo(() => dimensionProducts(row, target), [row, target]);
  const dimensions = useMemo(() => ordered(products, order.value), [products, order.value]);
  const keyVector = vectorOf(row.keyVectors, target, row.headSize);
  const names = [query, target].map((token) => explained.names[token] ?? '');
  const vectors = useMemo<readonly Lane[]>(() => {
    const domain = evenDomain(row.queryVector, keyVector);
    const lane = (values: Float32Array): Lane['paint'] => {
      const shown = dimensions.map((dimension) => values[dimension]!);
      return (surface, axis, colours) => paintBars(surface, axis, colours, shown, domain);
    };
    return [
      {
        title: <Sentence text={l10n.t('q, the query of {0}')} parts={[<Quoted key="q" name={names[0]!} />]} />,
        height: 40,
        paint: lane(row.queryVector),
      },
      {
        title: <Sentence text={l10n.t('k, the key of {0}')} parts={[<Quoted key="k" name={names[1]!} />]} />,
        height: 40,
        paint: lane(keyVector),
      },
    ];
  }, [row, query, target, dimensions]);
  const sum = useMemo<readonly Lane[]>(() => {
    const shown = dimensions.map((dimension) => products[dimension]!);
    return [{ height: 72, paint: (surface, axis, colours) => paintSum(surface, axis, colours, shown) }];
  }, [products, dimensions]);

  const told = pointed.value ?? largest(products);
  const vectorWords = l10n.t(
    'Dimension {0}: query {1}, key {2}',
    told,
    numberText(row.queryVector[told]!),
    numberText(keyVector[told]!),
  );
  const productWords = productText(told, row.queryVector[told]!, keyVector[told]!, products[told]!);
  const plot = {
    theme,
    count: row.headSize,
    at: pointed.value === undefined ? undefined : dimensions.indexOf(pointed.value),
    start: -1,
    onPoint: (column: number | undefined) => (pointed.value = column === undefined ? undefined : dimensions[column]),
  };
  const total = products.reduce((all, product) => all + product, 0);
  const [queryName, keyName] = names.map((name) => labelText(quotedName(name)));
  return (
    <>
      <Step
        number={1}
        title={l10n.t('Query and key')}
        idea={l10n.t(
          'A query stands for what a token looks for, a key for what it can be found by: {0} numbers each, computed from the layer’s input.',
          row.headSize,
        )}
      >
        <ColumnPlot
          {...plot}
          label={l10n.t(
            'Query of {0} and key of {1}, {2} numbers each. Arrow keys move over the dimensions.',
            queryName!,
            keyName!,
            row.headSize,
          )}
          lanes={vectors}
          onWalk={(column) => {
            const dimension = dimensions[column]!;
            const numbers = [row.queryVector[dimension]!, keyVector[dimension]!].map(numberText);
            store.announce(l10n.t('Dimension {0}: query {1}, key {2}', dimension, numbers[0]!, numbers[1]!));
          }}
          testId="vectors"
        />
        <p class="plot-readout" data-testid="vector-readout">
          {vectorWords}
        </p>
      </Step>
      <Step
        number={2}
        title={l10n.t('Products')}
        idea={l10n.t(
          'The sum is larger the longer the two vectors are and the more they point the same way. Hollow bars are negative.',
        )}
        tools={
          <Segments
            label={l10n.t('Order of the products')}
            value={order.value}
            choices={[
              { value: 'dimension', text: l10n.t('In order'), title: l10n.t('Dimension by dimension') },
              { value: 'size', text: l10n.t('By size'), title: l10n.t('The largest product first') },
            ]}
            onChoose={(next) => (order.value = next)}
          />
        }
      >
        <ColumnPlot
          {...plot}
          label={l10n.t(
            '{0} products of query and key that add up to {1}. Arrow keys move over the dimensions.',
            row.headSize,
            numberText(total),
          )}
          lanes={sum}
          onWalk={(column) => {
            const dimension = dimensions[column]!;
            store.announce(
              productText(dimension, row.queryVector[dimension]!, keyVector[dimension]!, products[dimension]!),
            );
          }}
          testId="products"
        />
        <p class="plot-readout" data-testid="product-readout">
          {productWords}
        </p>
        <Workings
          lines={[{ name: l10n.t('the sum of all {0}, q·k', row.headSize), value: numberText(total), result: true }]}
          testId="product-sum"
        />
        <Twin
          caption={l10n.t('Query, key and product by dimension')}
          columns={[l10n.t('Dimension'), l10n.t('Query'), l10n.t('Key'), l10n.t('Product')]}
          rows={dimensions.length}
          row={(place) => {
            const dimension = dimensions[place]!;
            const numbers = [row.queryVector[dimension]!, keyVector[dimension]!, products[dimension]!];
            return [String(dimension), ...numbers.map(numberText)];
          }}
        />
      </Step>
    </>
  );
}

function productText(dimension: number, query: number, key: number, product: number): string {
  return l10n.t('Dimension {0}: {1} × {2} = {3}', dimension, numberText(query), numberText(key), numberText(product));
}

function ordered(products: Float64Array, order: Order): readonly number[] {
  const dimensions = [...products.keys()];
  return order === 'dimension' ? dimensions : dimensions.sort((a, b) => products[b]! - products[a]!);
}

function largest(products: Float64Array): number {
  return products.reduce((best, product, place) => (Math.abs(product) > Math.abs(products[best]!) ? place : best), 0);
}
