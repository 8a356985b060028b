import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { linearRow } from '../../../src/attention/linear.ts';
import { countText } from '../../shared/phrases.ts';
import { Compared } from './Compared.tsx';
import type { RowView } from './rowView.ts';

/** Linear attention on the same vectors. */
export function LinearView(props: RowView): JSX.Element {
  const { row } = props;
  const { weights, output, stateSize } = useMemo(() => linearRow(row), [row]);
  return (
    <>
      <p>
        {l10n.t(
          'φ(q)·φ(k) with φ = elu + 1 replaces the softmax, without a scale or a bias. All keys and values are summed up in {0} numbers, however long the text is; sharp weights are hard to reach that way. This model was trained with a softmax: one trained with linear attention would have other vectors.',
          countText(stateSize),
        )}
      </p>
      <Compared {...props} name={l10n.t('linear')} weights={weights} output={output} />
    </>
  );
}
