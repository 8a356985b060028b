import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { canHaveLinks } from '../../../src/attention/links.ts';
import type { Link, Links } from '../../../src/protocol/inspection.ts';
import type { Explained } from '../../shared/text/explained.ts';
import { measureOf, valueText } from '../../shared/measure.ts';
import { LookPair } from './LookPair.tsx';
import type { RunPanel } from './panel.ts';
import { RoleNote } from './RoleNote.tsx';
import { Missing } from './States.tsx';

interface StrongestLinksProps extends RunPanel {
  readonly onChosen: (link: Link) => void;
  readonly onClose: () => void;
}

/** Where the matrix of the chosen heads has most to show: somewhere to go to, in a text of thousands of tokens. */
export function StrongestLinks(props: StrongestLinksProps): JSX.Element {
  const { store, explained, onChosen, onClose } = props;
  const { heads, quantity } = store.focus.value;
  const loaded = store.numbers.value?.links(heads, quantity);
  const measure = measureOf(store.focus.value);
  const where = ({ query, key }: Link): string => {
    const [from, to] = [query, key].map((token) => explained.lineOf[token]!);
    // A special token is in no line.
    if (from! < 0 || to! < 0) return '';
    const first = store.firstLine.value;
    return from === to ? l10n.t('line {0}', first + from!) : l10n.t('line {0} to line {1}', first + from!, first + to!);
  };
  return (
    <div
      class="links"
      role="group"
      aria-label={l10n.t('Strongest links')}
      data-testid="links"
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        event.stopPropagation();
        onClose();
      }}
    >
      {loaded?.kind === 'failed' && <Missing {...props} failure={loaded.failure} />}
      {loaded?.kind === 'loading' && <p class="muted">{l10n.t('Looking for the strongest links …')}</p>}
      {loaded?.kind === 'ready' && (
        <>
          <p class="muted">{linksSentence(loaded.value, explained)}</p>
          <ol>
            {loaded.value.links.map((link) => (
              <li key={`${link.query} ${link.key}`}>
                <button type="button" onClick={() => onChosen(link)}>
                  <LookPair cell={link} names={explained.names} />
                  <span class="muted">{where(link)}</span>
                  <b>{valueText(link.weight, measure)}</b>
                </button>
              </li>
            ))}
          </ol>
          <RoleNote store={store} />
        </>
      )}
    </div>
  );
}

function linksSentence({ apart, links }: Links, { tokens, causal }: Explained): string {
  if (links.length > 0)
    return l10n.t('The strongest links over at least {0} tokens, those to the first token left out:', apart);
  return canHaveLinks(tokens.length, apart, causal)
    ? l10n.t('No token but the first gets any attention from {0} or more tokens away.', apart)
    : l10n.t('The text is too short for links over {0} tokens or more.', apart);
}
