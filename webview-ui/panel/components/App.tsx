import * as l10n from '@vscode/l10n';
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import type { Source } from '../../../src/protocol/panelWire.ts';
import { FailedState, RunningState, StoppedState } from '../../shared/runStates.tsx';
import { arrangement, onRearranged, type Part } from '../layout/arrangement.ts';
import { announceFocus } from './announceFocus.ts';
import { Heads } from './Heads.tsx';
import { Notices } from './Notices.tsx';
import type { Panel, RunPanel } from './panel.ts';
import { Reading } from './Reading.tsx';
import { RunPreview } from './RunPreview.tsx';
import { Stage } from './Stage.tsx';
import { EmptyState } from './States.tsx';
import { TextView } from './TextView.tsx';
import { Toolbar } from './Toolbar.tsx';

export function App(panel: Panel): JSX.Element {
  useEffect(() => announceFocus(panel.store), [panel.store]);
  return (
    <>
      <Content {...panel} />
      <div class="screen-reader" role="status" aria-live="polite" data-testid="announcement">
        {panel.store.announcement.value}
      </div>
    </>
  );
}

function Content(panel: Panel): JSX.Element | null {
  const snapshot = panel.store.snapshot.value;
  const explained = panel.store.explained.value;
  switch (snapshot?.kind) {
    case undefined:
      return null;
    case 'empty':
      return <EmptyState {...panel} />;
    case 'running':
      return (
        <RunningState
          title={l10n.t('Explaining {0}', snapshot.source.label)}
          stage={snapshot.stage}
          passes={snapshot.progress}
          onCancel={() => panel.store.host.act('cancel')}
        >
          {snapshot.progress?.preview && <RunPreview theme={panel.theme} preview={snapshot.progress.preview} />}
        </RunningState>
      );
    case 'stopped':
      return (
        <StoppedState label={snapshot.source.label} stopped={snapshot} onRun={() => panel.store.host.act('rerun')} />
      );
    case 'failed':
      return (
        <FailedState
          label={snapshot.source.label}
          failure={snapshot.failure}
          hasEarlier={snapshot.hasEarlier}
          act={(action) => panel.store.host.act(action)}
        />
      );
    case 'ready': {
      if (!explained) return null;
      const run = { ...panel, explained };
      return (
        <main
          class="panel"
          style={{ '--heads': explained.grid.heads }}
          data-testid="ready"
          data-run={snapshot.summary.run}
          key={snapshot.summary.run}
        >
          <Toolbar {...run} />
          <Notices {...panel} snapshot={snapshot} />
          <Parts {...run} source={snapshot.source} />
        </main>
      );
    }
  }
}

const parts: Readonly<Record<Part, (props: RunPanel & { readonly source: Source }) => JSX.Element>> = {
  heads: Heads,
  stage: Stage,
  text: TextView,
  reading: Reading,
};

/** The parts in the order in which they are seen: the Tab key and screen readers follow it. */
function Parts(props: RunPanel & { readonly source: Source }): JSX.Element {
  const order = useSignal(arrangement());
  useEffect(() => onRearranged(() => (order.value = arrangement())), []);
  return (
    <>
      {order.value.map((part) => {
        const Content = parts[part];
        return <Content key={part} {...props} />;
      })}
    </>
  );
}
