import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import type { CachePolicy } from '../../../src/protocol/cachePolicy.ts';
import { Icon, Quoted, Sentence } from '../../shared/controls.tsx';
import { percent } from '../../shared/phrases.ts';
import { policyChoices, policyView } from '../policies.ts';
import { NumberField } from './NumberField.tsx';
import type { ReadyView } from './view.ts';

/** Which keys and values are kept. */
export function PolicyForm({ store, ready }: ReadyView): JSX.Element {
  const choices = policyChoices(ready.origin);
  const { choice, fields } = policyView(store.policy(ready));
  const refusals = new Set(choices.flatMap(({ refusal }) => refusal ?? []));
  const use = (policy: CachePolicy): void => void store.apply({ kind: 'policy', policy });
  return (
    <div class="policy">
      <label class="select-field">
        <span>{l10n.t('Policy')}</span>
        <select
          data-testid="policy"
          value={choice}
          onChange={({ currentTarget }) => use(choices[currentTarget.selectedIndex]!.policy)}
        >
          {choices.map(({ name, label, refusal }) => (
            <option key={name} value={name} disabled={refusal !== undefined}>
              {label}
            </option>
          ))}
        </select>
      </label>
      {fields.length > 0 && (
        <div class="fields">
          {fields.map(({ changedTo, ...field }) => (
            <NumberField key={field.label} {...field} step={1} onChange={(value) => use(changedTo(value))} />
          ))}
        </div>
      )}
      {[...refusals].map((refusal) => (
        <p key={refusal} class="muted small">
          {refusal}
        </p>
      ))}
    </div>
  );
}

/** What the policy changed, beside a full cache led over the same tokens. */
export function PolicyChange({ store, ready }: ReadyView): JSX.Element | null {
  if (!policyView(ready.state.cache.policy).evicts) return null;
  // A full cache is led over the whole text again, for which a fast play leaves no time.
  if (!store.unhurried.value)
    return <p class="muted small">{l10n.t('Compared with a full cache when play pauses.')}</p>;
  const effect = store.numbers.effect(ready);
  if (effect.kind === 'loading') return <p class="muted small">{l10n.t('Comparing with a full cache…')}</p>;
  if (effect.kind === 'failed') return <p class="muted small">{effect.failure.message}</p>;
  const { next, firstDifference } = effect.value;
  const isSame = next.full.id === next.policy.id;
  const share = [<Quoted name={next.full.text} />, percent(next.full.policy ?? 0, 1), percent(next.full.full, 1)];
  return (
    <div class="effect" data-testid="effect">
      <Icon name={isSame ? 'info' : 'warning'} />
      <p>
        {isSame
          ? l10n.t('The same next token as with everything kept.')
          : l10n.t('With everything kept, another token would be next.')}{' '}
        <Sentence text={l10n.t('{0} gets {1} instead of {2}.')} parts={share} />{' '}
        {firstDifference ? (
          <Sentence
            text={l10n.t('The text first differs at new token {0}: {1} instead of {2}.')}
            parts={[
              firstDifference.index + 1,
              <Quoted name={firstDifference.policy.text} />,
              <Quoted name={firstDifference.full.text} />,
            ]}
          />
        ) : (
          l10n.t('So far the text is the same.')
        )}
      </p>
    </div>
  );
}
