import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import type { Failure } from '../../../src/protocol/failure.ts';
import { Icon } from '../../shared/controls.tsx';
import type { Panel } from './panel.ts';
import { Unavailable } from '../../shared/runStates.tsx';

export function EmptyState({ store }: Panel): JSX.Element {
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
      <button type="button" class="button" data-testid="open-example" onClick={() => store.host.act('openExample')}>
        {l10n.t('Open an Example…')}
      </button>
    </main>
  );
}

/** Numbers that could not be had, drawn where they would be. */
export function Missing({ store, failure }: Panel & { readonly failure: Failure }): JSX.Element {
  return <Unavailable failure={failure} onRetry={() => store.retry()} onShowLog={() => store.host.act('showLog')} />;
}
