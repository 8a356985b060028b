import * as l10n from '@vscode/l10n';
import { useSignal, type Signal } from '@preact/signals';
import type { JSX } from 'preact';
import { MEAN_OF_ALL } from '../../../src/attention/headKinds.ts';
import { agreementOf } from '../../../src/attention/agreement.ts';
import type { Quantity } from '../../../src/protocol/run.ts';
import { Quoted } from '../../shared/controls.tsx';
import type { Scope } from './ablations.ts';
import { EffectTable } from './EffectTable.tsx';
import type { EffectView } from './effectView.ts';
import { normAgreement, StrongestSentence, weightAgreement } from './sentences.tsx';
import { ordered, tokenRows, type Column, type TokenRow } from './tokenRows.ts';

/** Rows shown at first, and more at each wish. */
const PAGE = 60;

interface TokenEffectsProps extends EffectView {
  readonly scope: Exclude<Scope, 'heads'>;
  readonly order: Signal<Column>;
}

/** Weight, value-weighted norm and effect of every token of the row side by side, and how far they agree. */
export function TokenEffects(props: TokenEffectsProps): JSX.Element {
  const { token, list, order } = props;
  const pages = useSignal(1);
  const rows = tokenRows(token + 1, rowOf(props, 'weight'), rowOf(props, 'valueNorm'), list.effects.value);
  const sorted = ordered(rows, order.value);
  const shown = sorted.slice(0, PAGE * pages.value);
  return (
    <>
      {list.complete.value && <Words {...props} rows={rows} />}
      <EffectTable {...props} rows={shown} />
      {shown.length < sorted.length && (
        <button type="button" class="more" onClick={() => (pages.value += 1)}>
          {l10n.t('Show {0} more', Math.min(PAGE, sorted.length - shown.length))}
        </button>
      )}
    </>
  );
}

function Words({
  list,
  explained,
  rows,
}: TokenEffectsProps & { readonly rows: readonly TokenRow[] }): JSX.Element | null {
  const untouched = list.untouched.value;
  const [strongest] = ordered(rows, 'effect');
  if (!untouched || strongest?.effect === undefined || strongest.probability === undefined) return null;
  const measured = rows.filter((row) => row.effect !== undefined);
  const effects = measured.map(({ effect }) => effect!);
  const known = (by: 'weight' | 'norm'): readonly number[] => measured.flatMap((row) => row[by] ?? []);
  const [weights, norms] = [known('weight'), known('norm')];
  const aboutWeights = weights.length === effects.length ? weightAgreement(agreementOf(weights, effects)) : '';
  const aboutNorms = norms.length === effects.length ? normAgreement(agreementOf(norms, effects)) : undefined;
  return (
    <p class="effect-words" data-testid="effect-words">
      <StrongestSentence
        what={<Quoted name={explained.names[strongest.token]!} />}
        divergence={strongest.effect}
        from={untouched.probability}
        to={strongest.probability}
      />{' '}
      <b data-testid="agreement">{aboutWeights}</b> {aboutNorms}
    </p>
  );
}

/** The row in the matrix of the head, or of the mean of all heads. */
function rowOf({ store, token, head, scope }: TokenEffectsProps, quantity: Quantity): Float32Array | undefined {
  const heads = scope === 'head' ? ({ kind: 'head', ...head } as const) : MEAN_OF_ALL;
  const row = store.numbers.value?.weights(heads, quantity).line(token, 'looksAt');
  return row?.kind === 'ready' ? row.value : undefined;
}
