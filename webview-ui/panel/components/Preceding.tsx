import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import type { Source } from '../../../src/protocol/panelWire.ts';
import type { RunPanel } from './panel.ts';

/** Whether the model read what precedes the selection, and the other way to explain it; nothing where no text precedes it. */
export function Preceding({
  store,
  explained: { causal },
  source: { preceding },
}: RunPanel & { readonly source: Source }): JSX.Element | null {
  switch (preceding) {
    case 'nothing':
      return null;
    case 'leftOut':
      return (
        <p class="around muted" data-testid="preceding">
          {causal
            ? l10n.t('Explained by itself: the model does not see what precedes it.')
            : l10n.t('Explained by itself: the model sees neither what precedes it nor what follows.')}{' '}
          <button type="button" class="link" onClick={() => store.host.act('includePreceding')}>
            {l10n.t('Explain with what precedes it')}
          </button>
        </p>
      );
    case 'included':
      return (
        <p class="around muted" data-testid="preceding">
          {causal
            ? l10n.t('The bar marks the lines of the selection: the model reads what precedes it first.')
            : l10n.t(
                'The bar marks the lines of the selection: the model sees what precedes it, but not what follows.',
              )}{' '}
          <button type="button" class="link" onClick={() => store.host.act('leaveOutPreceding')}>
            {l10n.t('Explain the selection alone')}
          </button>
        </p>
      );
    case 'noRoom':
      return (
        <p class="around muted" data-testid="preceding">
          {l10n.t('Explained by itself: what precedes it does not fit into one run with it.')}
        </p>
      );
  }
}
