import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import type { Failure } from '../../../src/protocol/failure.ts';
import { LONGEST_PROMPT } from '../../../src/protocol/generationLimits.ts';
import type { GenerationRestorePoint } from '../../../src/protocol/generationViewWire.ts';
import type { ExplainStage } from '../../../src/protocol/modelWire.ts';
import { Icon } from '../../shared/controls.tsx';
import { stageText } from '../../shared/phrases.ts';
import type { View } from './view.ts';

type StateView = Pick<View, 'store'>;

/** A prompt to type, and what can be started again. */
export function IdleState({
  store,
  restore,
}: StateView & { readonly restore: GenerationRestorePoint | undefined }): JSX.Element {
  return (
    <main class="start" data-testid="idle">
      {restore && <Offer store={store} restore={restore} />}
      <p>{l10n.t('See how a model writes: one token at a time, what each looks at, and what the KV cache saves.')}</p>
      <PromptForm store={store} />
      <p class="muted small">
        {l10n.t(
          'Or select text in an editor and run Step Through Generation. Without a prompt the model begins a text of its own. Nothing runs until you start it.',
        )}
      </p>
    </main>
  );
}

/** A text field for a prompt. */
export function PromptForm({ store }: StateView): JSX.Element {
  const input = useRef<HTMLTextAreaElement>(null);
  const start = (): void => {
    if (input.current) store.host.start(input.current.value);
  };
  return (
    <form
      class="prompt-form"
      onSubmit={(event) => {
        event.preventDefault();
        start();
      }}
    >
      <textarea
        ref={input}
        rows={3}
        maxLength={LONGEST_PROMPT}
        placeholder={l10n.t('Type a prompt; Enter starts')}
        aria-label={l10n.t('Prompt')}
        data-testid="prompt"
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
          event.preventDefault();
          start();
        }}
      />
      <button type="submit" class="button">
        {l10n.t('Start')}
      </button>
    </form>
  );
}

function Offer({ store, restore }: StateView & { readonly restore: GenerationRestorePoint }): JSX.Element {
  const { prompt, tokens } = restore;
  return (
    <section class="offer" data-testid="offer">
      <p>
        {tokens.length === 1
          ? l10n.t('Before, 1 token was generated from this prompt:')
          : l10n.t('Before, {0} tokens were generated from this prompt:', tokens.length)}
      </p>
      <p class="quote">{prompt.text.slice(-200)}</p>
      <button type="button" class="button" onClick={() => store.host.act('again')}>
        {l10n.t('Start Again')}
      </button>
    </section>
  );
}

export function StartingState({ store, stage }: StateView & { readonly stage: ExplainStage }): JSX.Element {
  return (
    <main class="state running" data-testid="starting" aria-busy="true">
      <Icon name="loading codicon-modifier-spin" />
      <p role="status">{stageText(stage)}</p>
      <button type="button" class="button secondary" onClick={() => store.host.act('cancel')}>
        {l10n.t('Cancel')}
      </button>
    </main>
  );
}

export function FailedState({
  store,
  failure,
  restore,
}: StateView & { readonly failure: Failure; readonly restore: GenerationRestorePoint }): JSX.Element {
  return (
    <main class="start" data-testid="failed">
      <div class="problem" role="alert">
        <Icon name="error" className="failed-icon" />
        <p>
          <b>{failure.message}</b> {failure.code === 'processLost' ? '' : failure.advice}
        </p>
      </div>
      <p class="muted">
        {restore.tokens.length === 1
          ? l10n.t('The prompt and 1 generated token are kept.')
          : l10n.t('The prompt and {0} generated tokens are kept.', restore.tokens.length)}
      </p>
      <div class="actions">
        <button type="button" class="button" onClick={() => store.host.act('again')}>
          {l10n.t('Start Again')}
        </button>
        <button type="button" class="button secondary" onClick={() => store.host.act('showLog')}>
          {l10n.t('Show Log')}
        </button>
      </div>
      <PromptForm store={store} />
    </main>
  );
}
