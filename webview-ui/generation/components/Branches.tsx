import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { Icon, TokenLabel } from '../../shared/controls.tsx';
import type { ReadyView } from './view.ts';

/** Continuations that were left, and can be gone back to. */
export function Branches({ store, ready }: ReadyView): JSX.Element | null {
  const { branches } = ready.state;
  if (branches.length === 0) return null;
  return (
    <div class="branches">
      <h3>{branches.length === 1 ? l10n.t('1 other branch') : l10n.t('{0} other branches', branches.length)}</h3>
      <ol data-testid="branches">
        {branches.map(({ branch, shared, tokens }) => (
          <li key={branch}>
            <button
              type="button"
              title={l10n.t('Go back to this branch')}
              onClick={() => void store.apply({ kind: 'returnTo', branch })}
            >
              <Icon name="git-branch" />
              <span class="muted">{l10n.t('after {0}', shared)}</span>
              <span class="name">
                <TokenLabel name={tokens.map(({ text }) => text).join('')} />
              </span>
            </button>
          </li>
        ))}
      </ol>
    </div>
  );
}
