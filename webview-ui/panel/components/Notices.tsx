import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import type { GuideLine, PanelSnapshot } from '../../../src/protocol/panelWire.ts';
import { Icon, IconButton } from '../../shared/controls.tsx';
import type { Panel } from './panel.ts';
import { countText, cutText, specialTokensText } from '../../shared/phrases.ts';

/** What the user has to know before reading the numbers. */
export function Notices({
  store,
  snapshot,
}: Panel & { readonly snapshot: Extract<PanelSnapshot, { kind: 'ready' }> }): JSX.Element {
  const { source, summary, stale } = snapshot;
  return (
    <div class="notices">
      {stale && (
        <div class="notice warning" role="status" data-testid="stale">
          <Icon name="warning" />
          <span>
            {l10n.t('{0} changed after this run. What is shown belongs to the earlier text.', source.fileName)}
          </span>
          <button type="button" class="button" onClick={() => store.host.act('rerun')}>
            {l10n.t('Run Again')}
          </button>
        </div>
      )}
      {summary.cut && (
        <div class="notice" role="status" data-testid="cut">
          <Icon name="info" />
          <span>{cutText(summary, summary.cut)}</span>
        </div>
      )}
      {summary.tokens.length > summary.model.contextLength && (
        <div class="notice" role="status" data-testid="beyond-context">
          <Icon name="info" />
          <span>
            {l10n.t(
              'The model was trained on texts of up to {0} tokens; this one has {1}. Beyond the dashed lines you see what it does with lengths that it was never trained on.',
              countText(summary.model.contextLength),
              countText(summary.tokens.length),
            )}
          </span>
        </div>
      )}
      {summary.specialTokens.found.length > 0 && (
        <div class="notice" role="status" data-testid="special-tokens">
          <Icon name="info" />
          <span>{specialTokensText(summary.specialTokens)}</span>
        </div>
      )}
      <Guide store={store} lines={snapshot.guide} />
      {source.note !== undefined && (
        <div class="notice" role="status" data-testid="note">
          <Icon name="info" />
          <span>{source.note}</span>
          {source.offersFile && (
            <button
              type="button"
              class="button secondary"
              data-testid="explain-file"
              onClick={() => store.host.act('explainFile')}
            >
              {l10n.t('Explain the Whole File')}
            </button>
          )}
        </div>
      )}
    </div>
  );
}

/** What is worth seeing in an example, as this run shows it. */
function Guide({ store, lines }: Pick<Panel, 'store'> & { readonly lines: readonly GuideLine[] }): JSX.Element | null {
  if (lines.length === 0 || store.guideClosed.value) return null;
  return (
    <div class="notice guide" role="region" aria-label={l10n.t('What to look at')} data-testid="guide">
      <Icon name="lightbulb" />
      <ul>
        {lines.map(({ text, focus }) => (
          <li key={text}>
            <span>{text}</span>
            {focus && (
              <button type="button" class="link" onClick={() => store.turnTo(focus)}>
                {l10n.t('Show')}
              </button>
            )}
          </li>
        ))}
      </ul>
      <IconButton label={l10n.t('Close')} icon="close" onClick={() => (store.guideClosed.value = true)} />
    </div>
  );
}
