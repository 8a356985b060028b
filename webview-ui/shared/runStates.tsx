import * as l10n from '@vscode/l10n';
import type { ComponentChildren, JSX } from 'preact';
import type { Failure } from '../../src/protocol/failure.ts';
import type { ExplainStage } from '../../src/protocol/modelWire.ts';
import type { RunProgress, Stopped } from '../../src/protocol/panelWire.ts';
import { Icon } from './controls.tsx';
import { countText, stageText, timeLeft } from './phrases.ts';

const STAGES: readonly ExplainStage[] = ['tapping', 'loading', 'tokenizing', 'running', 'checking'];

interface RunningProps {
  readonly title: string;
  readonly stage: ExplainStage;
  /** How far the passes of a long text are. */
  readonly passes?: Pick<RunProgress, 'done' | 'total' | 'left'> | undefined;
  readonly onCancel: () => void;
  /** What there is to see of it so far. */
  readonly children?: ComponentChildren;
}

/** A run under way. */
export function RunningState({ title, stage, passes, onCancel, children }: RunningProps): JSX.Element {
  const now = STAGES.indexOf(stage);
  const share = passes ? passes.done / passes.total : 0.5;
  return (
    <main class="state running" data-testid="running" aria-busy="true">
      <progress max={STAGES.length} value={now + share} aria-label={l10n.t('Progress')} />
      <h1>{title}</h1>
      {children}
      <ol class="stages" role="status">
        {STAGES.map((one, place) => (
          <li key={one} class={place < now ? 'done' : place === now ? 'now' : 'later'} aria-current={place === now}>
            <Icon name={place < now ? 'check' : place === now ? 'loading codicon-modifier-spin' : 'circle-outline'} />
            {stageText(one)}
            {place === now && passes && (
              <span class="muted" data-testid="passes">
                {l10n.t('{0} of {1} tokens', countText(passes.done), countText(passes.total))}
                {passes.left !== undefined && ` · ${timeLeft(passes.left)}`}
              </span>
            )}
          </li>
        ))}
      </ol>
      <button type="button" class="button secondary" data-testid="cancel" onClick={onCancel}>
        {l10n.t('Cancel')}
      </button>
    </main>
  );
}

interface StoppedProps {
  /** What text it is about. */
  readonly label: string;
  readonly stopped: Stopped;
  readonly onRun: () => void;
}

/** A text that is run when the user says so. */
export function StoppedState({ label, stopped, onRun }: StoppedProps): JSX.Element {
  const { reason, length, beginning } = stopped;
  return (
    <main class="state" data-testid="stopped">
      <Icon name={reason === 'cancelled' ? 'circle-slash' : 'history'} className="lead" />
      <p class="muted">{label}</p>
      <h1 role="status">
        {reason === 'cancelled' ? l10n.t('The run was cancelled') : l10n.t('The window was reloaded')}
      </h1>
      {reason === 'reloaded' && (
        <p>
          {l10n.t('This text has {0} characters. A text of this length is not run again unasked.', countText(length))}
        </p>
      )}
      <blockquote class="beginning">{beginning.length < length ? `${beginning.trim()}…` : beginning.trim()}</blockquote>
      <button type="button" class="button" data-testid="run" onClick={onRun}>
        {reason === 'cancelled' ? l10n.t('Run Again') : l10n.t('Run')}
      </button>
    </main>
  );
}

interface FailedProps {
  /** What text it is about. */
  readonly label: string;
  readonly failure: Failure;
  readonly hasEarlier: boolean;
  readonly act: (action: 'rerun' | 'showEarlier' | 'showLog' | 'openSettings') => void;
}

/** A run that failed. */
export function FailedState({ label, failure, hasEarlier, act }: FailedProps): JSX.Element {
  return (
    <main class="state failed" data-testid="failed">
      <Icon name="error" className="lead" />
      <p class="muted">{label}</p>
      <h1 role="alert">{failure.message}</h1>
      <p>{failure.advice}</p>
      <div class="actions">
        <button type="button" class="button" onClick={() => act('rerun')}>
          {l10n.t('Run Again')}
        </button>
        {hasEarlier && (
          <button type="button" class="button secondary" onClick={() => act('showEarlier')}>
            {l10n.t('Show the Earlier Result')}
          </button>
        )}
        <button type="button" class="button secondary" onClick={() => act('showLog')}>
          {l10n.t('Show Log')}
        </button>
        <button type="button" class="button secondary" onClick={() => act('openSettings')}>
          {l10n.t('Settings')}
        </button>
      </div>
    </main>
  );
}

interface UnavailableProps {
  readonly failure: Failure;
  readonly onRetry: () => void;
  readonly onShowLog: () => void;
}

/** Numbers that could not be had, in the place where they would be. */
export function Unavailable({ failure, onRetry, onShowLog }: UnavailableProps): JSX.Element {
  return (
    <div class="missing" role="alert" data-testid="missing">
      <Icon name="error" className="failed-icon" />
      <p>
        <b>{failure.message}</b> {failure.advice}
      </p>
      <div class="actions">
        <button type="button" class="button" onClick={onRetry}>
          {l10n.t('Try Again')}
        </button>
        <button type="button" class="button secondary" onClick={onShowLog}>
          {l10n.t('Show Log')}
        </button>
      </div>
    </div>
  );
}
