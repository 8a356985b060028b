import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import type { Link } from '../../../src/protocol/inspection.ts';
import { measureOf, valueText } from '../../shared/measure.ts';
import { LookPair } from './LookPair.tsx';
import type { RunPanel } from './panel.ts';
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
          <p class="muted">
            {loaded.value.links.length > 0
              ? l10n.t('Strongest at least {0} tokens apart, without the first token:', loaded.value.apart)
              : l10n.t('No token but the first is looked at from {0} or more tokens away.', loaded.value.apart)}
          </p>
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
        </>
      )}
    </div>
  );
}
