import * as l10n from '@vscode/l10n';
import type { ComponentChildren, JSX } from 'preact';
import type { GenerationEnd } from '../../../src/protocol/generation.ts';
import type { Cut } from '../../../src/protocol/run.ts';
import { Icon } from '../../shared/controls.tsx';
import type { ReadyView } from './view.ts';

/** What the user has to know before reading the numbers. */
export function Notices({ store, ready }: ReadyView): JSX.Element {
  const { origin, state, note, restore } = ready;
  const problem = store.problem.value;
  return (
    <div class="notices" role="status">
      {problem && (
        <Notice icon="error" testId="problem">
          <b>{problem.message}</b> {problem.advice}
        </Notice>
      )}
      {note !== undefined && <Notice testId="note">{note}</Notice>}
      {state.taken === 0 && restore.prompt.note !== undefined && (
        <Notice testId="source-note">{restore.prompt.note}</Notice>
      )}
      {origin.cut && <Notice testId="cut">{cutText(origin.cut)}</Notice>}
      {state.end && <Notice testId="end">{endText(state.end)}</Notice>}
      {state.beyondContext && (
        <Notice icon="warning">
          {l10n.t('The text is longer than the {0} tokens that the model was made for.', origin.model.contextLength)}
        </Notice>
      )}
    </div>
  );
}

function Notice({
  icon = 'info',
  testId,
  children,
}: {
  readonly icon?: string;
  readonly testId?: string;
  readonly children: ComponentChildren;
}): JSX.Element {
  return (
    <div class="notice" data-testid={testId}>
      <Icon name={icon} />
      <span>{children}</span>
    </div>
  );
}

function cutText({ usedLength, totalLength, tokenLimit }: Cut): string {
  return l10n.t(
    'Only the last {0} of {1} characters are continued: at most {2} tokens fit.',
    usedLength.toLocaleString('en'),
    totalLength.toLocaleString('en'),
    tokenLimit.toLocaleString('en'),
  );
}

function endText({ reason, limit = 0 }: GenerationEnd): string {
  switch (reason) {
    case 'endOfText':
      return l10n.t('The model ended its text here. A further step goes on all the same.');
    case 'context':
      return l10n.t('The model was made for {0} tokens: no further step is possible.', limit);
    case 'reserved':
      return l10n.t('All {0} preallocated positions are used: choose more, or another policy.', limit);
    case 'memory':
      return l10n.t('The next step would not fit into the memory budget, which ends at {0} tokens.', limit);
  }
}
