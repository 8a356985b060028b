import * as l10n from '@vscode/l10n';
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useId } from 'preact/hooks';
import { Icon } from './controls.tsx';
import { explanation, type Topic } from './explanations.ts';

/** A quiet question mark that opens a short explanation, and closes it again; so does Escape. */
export function Info({ topic, about }: { readonly topic: Topic; readonly about: string }): JSX.Element {
  const open = useSignal(false);
  const id = useId();
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape' || !open.value) return;
    event.stopPropagation();
    open.value = false;
  };
  return (
    <span class="info" onKeyDown={onKeyDown}>
      <button
        type="button"
        class="icon-button"
        title={l10n.t('What is this? {0}', about)}
        aria-label={l10n.t('What is this? {0}', about)}
        aria-expanded={open.value}
        aria-controls={id}
        data-testid={`info-${topic}`}
        onClick={() => (open.value = !open.value)}
      >
        <Icon name="question" />
      </button>
      <span id={id} role="note" class="info-text" hidden={!open.value} data-testid={`info-text-${topic}`}>
        {open.value && explanation(topic).map((sentence) => <span key={sentence}>{sentence}</span>)}
      </span>
    </span>
  );
}
