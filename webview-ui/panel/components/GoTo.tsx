import * as l10n from '@vscode/l10n';
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { findToken } from '../../shared/text/findToken.ts';
import type { RunPanel } from './panel.ts';

interface GoToProps extends RunPanel {
  readonly onFound: (token: number) => void;
  readonly onClose: () => void;
}

/** Asks for a token by its number, its line or its text, and goes there; again and again for the next one. */
export function GoTo({ store, explained, onFound, onClose }: GoToProps): JSX.Element {
  const input = useRef<HTMLInputElement>(null);
  const missing = useSignal(false);
  useEffect(() => input.current?.focus(), []);
  const go = (event: Event): void => {
    event.preventDefault();
    const token = findToken(explained, input.current!.value, store.lit.peek().token, store.firstLine.peek());
    missing.value = token === undefined;
    if (token !== undefined) onFound(token);
  };
  return (
    <form class="go-to" role="search" data-testid="go-to" onSubmit={go}>
      <input
        ref={input}
        type="text"
        maxLength={200}
        placeholder={l10n.t('token, :line or text')}
        aria-label={l10n.t('Go to token: its number, a colon and its line, or its text')}
        aria-invalid={missing.value}
        onInput={() => (missing.value = false)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return;
          event.stopPropagation();
          onClose();
        }}
      />
      {missing.value && (
        <span class="go-to-missing" role="alert">
          {l10n.t('not in this text')}
        </span>
      )}
    </form>
  );
}
