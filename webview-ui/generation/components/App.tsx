import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { Cache } from './Cache.tsx';
import { Controls } from './Controls.tsx';
import { Lanes } from './Lanes.tsx';
import { MatrixGrowth } from './MatrixGrowth.tsx';
import { Notices } from './Notices.tsx';
import { Row } from './Row.tsx';
import { FailedState, IdleState, StartingState } from './States.tsx';
import { Tokens } from './Tokens.tsx';
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

function Content(view: View): JSX.Element | null {
  const { store } = view;
  const snapshot = store.snapshot.value;
  switch (snapshot?.kind) {
    case undefined:
      return null;
    case 'idle':
      return <IdleState store={store} restore={snapshot.restore} />;
    case 'starting':
      return <StartingState store={store} stage={snapshot.stage} />;
    case 'failed':
      return <FailedState store={store} failure={snapshot.failure} restore={snapshot.restore} />;
    case 'ready': {
      const parts = { ...view, ready: snapshot };
      const { prompt } = snapshot.restore;
      return (
        <main data-testid="ready" data-taken={snapshot.state.taken} key={snapshot.origin.generation}>
          <header>
            <Controls {...parts} />
            <p class="origin muted" data-testid="origin">
              {prompt.label === undefined ? l10n.t('from a typed prompt') : l10n.t('from {0}', prompt.label)}
              {' · '}
              {snapshot.origin.model.name}
            </p>
          </header>
          <Notices {...parts} />
          <Tokens {...parts} />
          <Lanes {...parts} />
          <Cache {...parts} />
          <Row {...parts} />
          <MatrixGrowth {...parts} />
        </main>
      );
    }
  }
}
