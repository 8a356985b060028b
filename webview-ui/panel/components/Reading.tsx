import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import type { Source } from '../../../src/protocol/panelWire.ts';
import { quotedName } from '../../shared/tokenLabel.ts';
import { IconButton, TokenLabel } from '../../shared/controls.tsx';
import type { RunPanel } from './panel.ts';
import { Inspector } from './Inspector.tsx';

/** The shown token, and what is to be read about it. */
export function Reading(props: RunPanel & { readonly source: Source }): JSX.Element {
  const { store, explained, source } = props;
  const token = store.subject.value;
  const pinned = store.focus.value.token !== undefined;
  const line = explained.lineOf[token] ?? -1;
  const last = explained.tokens.length - 1;
  return (
    <section class="reading" aria-label={l10n.t('Token')} data-testid="reading" data-token={token}>
      <div class="subject">
        {pinned ? (
          <IconButton label={l10n.t('Release')} icon="pinned" pressed onClick={() => store.pin(undefined)} />
        ) : (
          <IconButton label={l10n.t('Pin')} icon="pin" pressed={false} onClick={() => store.pin(token)} />
        )}
        <h2>
          <TokenLabel name={quotedName(explained.names[token] ?? '')} />
        </h2>
        <span class="muted">
          {line < 0 ? l10n.t('token {0}', token) : l10n.t('token {0} · line {1}', token, source.firstLine + line)}
        </span>
        <span class="grow" />
        <IconButton
          label={l10n.t('Previous Token')}
          icon="chevron-up"
          disabled={token === 0}
          onClick={() => store.pin(token - 1)}
        />
        <IconButton
          label={l10n.t('Next Token')}
          icon="chevron-down"
          disabled={token === last}
          onClick={() => store.pin(token + 1)}
        />
        <IconButton
          label={l10n.t('Show in Editor')}
          icon="go-to-file"
          testId="reveal"
          onClick={() => store.host.reveal(token)}
        />
      </div>
      <Inspector {...props} token={token} />
    </section>
  );
}
