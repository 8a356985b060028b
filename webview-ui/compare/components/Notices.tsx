import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { Icon } from '../../shared/controls.tsx';
import { cutText } from '../../shared/phrases.ts';
import type { TextsView } from './view.ts';

/** What the user has to know before reading the numbers. */
export function Notices({ store, texts }: TextsView): JSX.Element {
  const { contexts, choices } = texts;
  const changed = contexts.filter(({ stale }) => stale).map(({ source }) => source.fileName);
  return (
    <div class="notices">
      {changed.length > 0 && (
        <div class="notice warning" role="status" data-testid="stale">
          <Icon name="warning" />
          <span>
            {l10n.t(
              '{0} changed after this run. What is shown belongs to the earlier text.',
              [...new Set(changed)].join(', '),
            )}
          </span>
          <button type="button" class="button" onClick={() => store.host.act('rerun')}>
            {l10n.t('Run Again')}
          </button>
        </div>
      )}
      {choices.length === 1 && (
        <Note
          text={
            contexts[0].summary.text === contexts[1].summary.text
              ? l10n.t(
                  'No word occurs twice in this text: its last token is compared with itself. Click others to compare them.',
                )
              : l10n.t(
                  'No word stands in both texts: the last token of each is compared. Click others to compare them.',
                )
          }
        />
      )}
      {contexts.map(({ source, summary }, side) => (
        <>
          {summary.cut && (
            <Note key={`cut ${side}`} text={l10n.t('{0}: {1}', source.label, cutText(summary, summary.cut))} />
          )}
          {source.note !== undefined && <Note key={side} text={l10n.t('{0}: {1}', source.label, source.note)} />}
        </>
      ))}
    </div>
  );
}

function Note({ text }: { readonly text: string }): JSX.Element {
  return (
    <div class="notice" role="status" data-testid="note">
      <Icon name="info" />
      <span>{text}</span>
    </div>
  );
}
