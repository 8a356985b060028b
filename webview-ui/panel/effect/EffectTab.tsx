import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { useEffect, useLayoutEffect } from 'preact/hooks';
import type { RunSummary } from '../../../src/protocol/run.ts';
import { Segments } from '../../shared/controls.tsx';
import type { TokenPanel } from '../components/panel.ts';
import { Missing } from '../components/States.tsx';
import { stepsHead } from '../steps/stepsCell.ts';
import { headAblations, tokenAblations, type Scope } from './ablations.ts';
import type { EffectList } from './effectList.ts';
import { EffectProgress } from './EffectProgress.tsx';
import { HeadEffects } from './HeadEffects.tsx';
import { scopeSentence, UntouchedSentence } from './sentences.tsx';
import { TokenEffects } from './TokenEffects.tsx';

/** Milliseconds that a list may take without being asked for, behind its first measurements. */
const SHORT = 500;
/** Where what comes before the token took longer to explain, not even the first ones are measured without being asked for. */
const LONGEST_PREFILL = 1000;

/** What happens to the prediction after the shown token when a token is hidden, or a head switched off. */
export function EffectTab(props: TokenPanel): JSX.Element {
  if (props.explained.causal) return <Effects {...props} />;
  return (
    <p class="effect-none" data-testid="no-prediction">
      {l10n.t(
        'This model reads a text in both directions and predicts no next token: there is nothing to measure an effect on.',
      )}
    </p>
  );
}

function Effects(props: TokenPanel): JSX.Element | null {
  const { store, explained, token } = props;
  const lists = store.numbers.value?.effects;
  const head = stepsHead(store);
  const scope = lists?.scope.value ?? (store.focus.value.heads.kind === 'head' ? 'head' : 'row');
  const place = scope === 'head' ? `${head.layer} ${head.head}` : '';
  const list = lists?.open(`${scope} ${token} ${place}`, token, () =>
    scope === 'heads' ? headAblations(explained.grid) : tokenAblations(scope, token + 1, head),
  );
  const pinned = store.focus.value.token === token;
  // Before anything is painted: a button that goes again at once would be pressed in vain.
  useLayoutEffect(() => {
    // A token that is only hovered may be left at once: nothing is begun for it.
    if (list && pinned && isFresh(list) && prefillTime(explained.summary, token) <= LONGEST_PREFILL)
      void list.run(SHORT);
  }, [list, pinned]);
  useEffect(() => () => lists?.cancel(), [lists]);
  if (!lists || !list) return null;
  const failure = list.failure.value;
  const view = { ...props, list, head, scope };
  return (
    <div class="effect" data-testid="effect" data-scope={scope} data-complete={list.complete.value}>
      <Segments
        label={l10n.t('What is taken away')}
        value={scope}
        choices={choices()}
        onChoose={(value) => (lists.scope.value = value)}
      />
      <p class="muted">{scopeSentence(scope, head)}</p>
      <EffectProgress {...view} />
      {failure && <Missing {...props} failure={failure} />}
      <UntouchedSentence {...view} />
      {scope === 'heads' ? <HeadEffects {...view} /> : <TokenEffects {...view} scope={scope} order={lists.order} />}
    </div>
  );
}

/** Milliseconds that what comes before a token took when the text was explained. */
function prefillTime({ milliseconds, tokens }: RunSummary, token: number): number {
  return (milliseconds * (token + 1)) / tokens.length;
}

function isFresh({ effects, failure }: EffectList): boolean {
  return effects.peek().length === 0 && failure.peek() === undefined;
}

function choices(): readonly { readonly value: Scope; readonly text: string; readonly title: string }[] {
  return [
    { value: 'head', text: l10n.t('This head'), title: l10n.t('Hide each token from this row in one head') },
    { value: 'row', text: l10n.t('All heads'), title: l10n.t('Hide each token from this row in all heads') },
    { value: 'everyone', text: l10n.t('Everyone'), title: l10n.t('Hide each token from all later tokens') },
    { value: 'heads', text: l10n.t('Heads off'), title: l10n.t('Switch off each head, and each layer') },
  ];
}
