import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import type { CachePolicy } from '../../../src/protocol/cachePolicy.ts';
import { Icon, Quoted, Sentence } from '../../shared/controls.tsx';
import { percent } from '../../shared/phrases.ts';
import { NumberField } from './NumberField.tsx';
import type { ReadyView } from './view.ts';

/** What a policy begins with when it is chosen. */
const WINDOW = 16;
const SINKS = 4;
const RESERVED = 256;

/** Which keys and values are kept. */
export function PolicyForm({ store, ready }: ReadyView): JSX.Element {
  const policy = store.policy(ready);
  const { windowRefusal, model } = ready.origin;
  const use = (next: CachePolicy): void => void store.apply({ kind: 'policy', policy: next });
  const choose = (kind: string): void => {
    if (kind === 'window') use({ kind, window: WINDOW, sinks: 0 });
    else if (kind === 'sinks') use({ kind: 'window', window: WINDOW, sinks: SINKS });
    else if (kind === 'preallocated') use({ kind, positions: Math.min(RESERVED, model.contextLength) });
    else use({ kind: kind === 'none' ? 'none' : 'full' });
  };
  return (
    <div class="policy">
      <label class="select-field">
        <span>{l10n.t('Policy')}</span>
        <select
          data-testid="policy"
          value={policy.kind === 'window' && policy.sinks > 0 ? 'sinks' : policy.kind}
          onChange={(event) => choose(event.currentTarget.value)}
        >
          <option value="full">{l10n.t('Keep everything')}</option>
          <option value="none">{l10n.t('No cache')}</option>
          <option value="window" disabled={windowRefusal !== undefined}>
            {l10n.t('Sliding window')}
          </option>
          <option value="sinks" disabled={windowRefusal !== undefined}>
            {l10n.t('Window + first positions')}
          </option>
          <option value="preallocated">{l10n.t('Preallocated')}</option>
        </select>
      </label>
      {policy.kind === 'window' && (
        <div class="fields">
          <NumberField
            label={l10n.t('Window')}
            title={l10n.t('The newest positions that are kept')}
            value={policy.window}
            min={1}
            max={2 ** 20}
            step={1}
            onChange={(window) => use({ ...policy, window })}
          />
          <NumberField
            label={l10n.t('First')}
            title={l10n.t('Positions at the beginning that are kept too: attention sinks')}
            value={policy.sinks}
            min={0}
            max={2 ** 20}
            step={1}
            onChange={(sinks) => use({ ...policy, sinks })}
          />
        </div>
      )}
      {policy.kind === 'preallocated' && (
        <div class="fields">
          <NumberField
            label={l10n.t('Positions')}
            title={l10n.t('Allocated at once, used or not')}
            value={policy.positions}
            min={1}
            max={2 ** 20}
            step={1}
            onChange={(positions) => use({ ...policy, positions })}
          />
        </div>
      )}
      {windowRefusal !== undefined && <p class="muted small">{windowRefusal}</p>}
    </div>
  );
}

/** What the policy changed, beside a full cache led over the same tokens. */
export function PolicyChange({ store, ready }: ReadyView): JSX.Element | null {
  if (ready.state.cache.policy.kind !== 'window') return null;
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
