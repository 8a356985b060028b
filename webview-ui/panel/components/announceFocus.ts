import { effect, untracked } from '@preact/signals';
import * as l10n from '@vscode/l10n';
import { sameSelection } from '../../../src/attention/headKinds.ts';
import { headsTitle } from '../../../src/attention/headWords.ts';
import type { Focus } from '../../../src/protocol/panelWire.ts';
import type { Explained } from '../../shared/text/explained.ts';
import { labelText, quotedName } from '../../shared/tokenLabel.ts';
import { cellOf } from '../state/hover.ts';
import type { PanelStore } from '../state/store.ts';
import { cellInWords } from './cellWords.ts';

/** Tells screen readers which heads are shown and what is pinned, whatever part of the panel or the editor chose it. */
export function announceFocus(store: PanelStore): () => void {
  let before: { readonly explained: Explained | undefined; readonly focus: Focus } | undefined;
  return effect(() => {
    const [explained, focus] = [store.explained.value, store.focus.value];
    // A run that is shown first is no choice of anyone.
    if (before && explained && before.explained === explained) {
      const last = before.focus;
      const news = untracked(() => [
        ...(sameSelection(focus.heads, last.heads) ? [] : [headsTitle(focus.heads, explained.grid)]),
        ...(focus.token === last.token && focus.partner === last.partner ? [] : [pinInWords(store, explained, focus)]),
      ]);
      if (news.length > 0) store.announce(news.join('. '));
    }
    before = { explained, focus };
  });
}

function pinInWords(store: PanelStore, explained: Explained, { token, partner, direction }: Focus): string {
  if (token === undefined) return l10n.t('Released');
  if (partner !== undefined) {
    return l10n.t('Pinned: {0}', cellInWords(store, explained, cellOf(token, partner, direction)));
  }
  const name = labelText(quotedName(explained.names[token]!));
  const line = explained.lineOf[token]!;
  return line < 0
    ? l10n.t('Pinned: token {0}, {1}', token, name)
    : l10n.t('Pinned: token {0}, {1}, line {2}', token, name, store.firstLine.value + line);
}
