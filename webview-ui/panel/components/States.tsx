import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import type { Failure } from '../../../src/protocol/failure.ts';
import type { ExplainStage } from '../../../src/protocol/modelWire.ts';
import type { Source } from '../../../src/protocol/panelWire.ts';
import { Icon } from '../../shared/controls.tsx';
import type { Panel } from './panel.ts';
import { stageText } from '../../shared/phrases.ts';

const STAGES: readonly ExplainStage[] = ['loading', 'tapping', 'tokenizing', 'running', 'checking'];

export function EmptyState(): JSX.Element {
  return (
    <main class="state" data-testid="empty">
      <Icon name="eye" className="lead" />
      <h1>{l10n.t('See what a model looks at')}</h1>
      <p>
        {l10n.t('Select some code or prose in an editor, then explain its attention. The model runs on this machine.')}
      </p>
      <ol class="how">
        <li>{l10n.t('Select text in an editor.')}</li>
        <li>{l10n.t('Choose Explain Attention from the context menu or the Command Palette.')}</li>
        <li>{l10n.t('Hover a token to see what it looks at; click to keep it.')}</li>
      </ol>
    </main>
  );
}

export function RunningState({
  store,
  source,
  stage,
}: Panel & { readonly source: Source; readonly stage: ExplainStage }): JSX.Element {
  const now = STAGES.indexOf(stage);
  return (
    <main class="state running" data-testid="running" aria-busy="true">
      <progress max={STAGES.length} value={now + 0.5} aria-label={l10n.t('Progress')} />
      <h1>{l10n.t('Explaining {0}', source.label)}</h1>
      <ol class="stages" role="status">
        {STAGES.map((one, place) => (
          <li key={one} class={place < now ? 'done' : place === now ? 'now' : 'later'} aria-current={place === now}>
            <Icon name={place < now ? 'check' : place === now ? 'loading codicon-modifier-spin' : 'circle-outline'} />
            {stageText(one)}
          </li>
        ))}
      </ol>
      <button type="button" class="button secondary" data-testid="cancel" onClick={() => store.host.act('cancel')}>
        {l10n.t('Cancel')}
      </button>
    </main>
  );
}

export function FailedState({
  store,
  source,
  failure,
}: Panel & { readonly source: Source; readonly failure: Failure }): JSX.Element {
  return (
    <main class="state failed" data-testid="failed">
      <Icon name="error" className="lead" />
      <p class="muted">{source.label}</p>
      <h1 role="alert">{failure.message}</h1>
      <p>{failure.advice}</p>
      <div class="actions">
        <button type="button" class="button" onClick={() => store.host.act('rerun')}>
          {l10n.t('Run Again')}
        </button>
        <button type="button" class="button secondary" onClick={() => store.host.act('showLog')}>
          {l10n.t('Show Log')}
        </button>
        <button type="button" class="button secondary" onClick={() => store.host.act('openSettings')}>
          {l10n.t('Settings')}
        </button>
      </div>
    </main>
  );
}

/** Numbers that could not be had, drawn where they would be. */
export function Missing({ store, failure }: Panel & { readonly failure: Failure }): JSX.Element {
  return (
    <div class="missing" role="alert" data-testid="missing">
      <Icon name="error" className="failed-icon" />
      <p>
        <b>{failure.message}</b> {failure.advice}
      </p>
      <div class="actions">
        <button type="button" class="button" onClick={() => store.retry()}>
          {l10n.t('Try Again')}
        </button>
        <button type="button" class="button secondary" onClick={() => store.host.act('showLog')}>
          {l10n.t('Show Log')}
        </button>
      </div>
    </div>
  );
}
