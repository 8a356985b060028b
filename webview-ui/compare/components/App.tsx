import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import type { CompareSnapshot } from '../../../src/protocol/compareWire.ts';
import { Icon } from '../../shared/controls.tsx';
import { FailedState, RunningState, StoppedState } from '../../shared/runStates.tsx';
import { Notices } from './Notices.tsx';
import { Similarity } from './Similarity.tsx';
import { Sources } from './Sources.tsx';
import { Stage } from './Stage.tsx';
import { TextView } from './TextView.tsx';
import { Toolbar } from './Toolbar.tsx';
import type { View } from './view.ts';

export function App(view: View): JSX.Element {
  return (
    <>
      <Content {...view} />
      <div class="screen-reader" role="status" aria-live="polite" data-testid="announcement">
        {view.store.announcement.value}
      </div>
    </>
  );
}

function Content({ store, theme }: View): JSX.Element | null {
  const snapshot = store.snapshot.value;
  const texts = store.texts.value;
  if (!snapshot) return null;
  if (snapshot.kind === 'empty') return <EmptyState />;
  if (!texts) return <Unfinished store={store} theme={theme} contexts={snapshot.contexts} />;
  const view = { store, theme, texts };
  const runs = texts.contexts.map(({ summary }) => summary.run).join(' ');
  return (
    <main class="compare" data-testid="ready" data-runs={runs} key={runs}>
      <Toolbar {...view} />
      <Notices {...view} />
      <div class="beside texts">
        <TextView {...view} index={0} />
        <TextView {...view} index={1} />
      </div>
      <Similarity {...view} />
      <Sources {...view} />
      <Stage {...view} />
    </main>
  );
}

/** At least one of the texts still runs, or failed. */
function Unfinished({
  store,
  contexts,
}: View & { readonly contexts: Extract<CompareSnapshot, { kind: 'open' }>['contexts'] }): JSX.Element | null {
  const failed = contexts.find((context) => context.kind === 'failed');
  if (failed) {
    return (
      <FailedState
        label={failed.source.label}
        failure={failed.failure}
        hasEarlier={failed.hasEarlier}
        act={(action) => store.host.act(action)}
      />
    );
  }
  const stopped = contexts.find((context) => context.kind === 'stopped');
  if (stopped) {
    return <StoppedState label={stopped.source.label} stopped={stopped} onRun={() => store.host.act('rerun')} />;
  }
  const running = contexts.find((context) => context.kind === 'running');
  if (!running) return null;
  return (
    <RunningState
      title={l10n.t('Explaining {0}', running.source.label)}
      stage={running.stage}
      onCancel={() => store.host.act('cancel')}
    />
  );
}

function EmptyState(): JSX.Element {
  return (
    <main class="state" data-testid="empty">
      <Icon name="diff" className="lead" />
      <h1>{l10n.t('Compare a word in two contexts')}</h1>
      <p>{l10n.t('The same word, read by the same model in two texts: from which layer on do its vectors differ?')}</p>
      <ol class="how">
        <li>{l10n.t('Select the first text in an editor and run Compare Contexts.')}</li>
        <li>{l10n.t('Select the second text and run Compare Contexts again.')}</li>
        <li>{l10n.t('Two selections at once, made with Alt+click, are compared directly.')}</li>
      </ol>
    </main>
  );
}
