import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { headsTitle } from '../../../src/attention/headWords.ts';
import { Quoted, Sentence, TokenLabel } from '../../shared/controls.tsx';
import { distanceText, weightText } from '../../shared/numbers.ts';
import { percent } from '../../shared/phrases.ts';
import { shareOf } from '../../shared/ramp.ts';
import { nameAt, peakOf } from '../layout/stream.ts';
import { HeadPicker } from '../../shared/HeadPicker.tsx';
import { Section } from './Section.tsx';
import type { ReadyView } from './view.ts';

/** Longest list of what a token looked at. */
const SHOWN = 8;

/** What the newest token looked at. */
export function Row(view: ReadyView): JSX.Element {
  const { store, ready } = view;
  const grid = { layers: ready.origin.model.layers, heads: ready.origin.model.heads };
  return (
    <Section
      store={store}
      id="row"
      title={l10n.t('What It Looked At')}
      summary={<span data-testid="heads-title">{headsTitle(store.heads.value, grid)}</span>}
    >
      {() => (
        <>
          <HeadPicker store={store} grid={grid} />
          <Partners {...view} />
        </>
      )}
    </Section>
  );
}

function Partners({ store, ready }: ReadyView): JSX.Element {
  const loaded = store.numbers.row(ready, store.heads.value);
  if (loaded.kind === 'failed') return <p role="alert">{loaded.failure.message}</p>;
  if (loaded.kind === 'loading') return <p class="muted small">{l10n.t('Reading the row…')}</p>;
  const { position, keys, weights } = loaded.value;
  const peak = peakOf(keys, weights);
  const ranked = keys
    .map((key, place) => ({ key, weight: weights[place]! }))
    .sort((a, b) => b.weight - a.weight || b.key - a.key);
  const name = (of: number): string => nameAt(ready.origin, ready.state, of);
  const [top] = ranked;
  return (
    <>
      {top && (
        <p class="words" data-testid="row-words">
          <Sentence
            text={l10n.t('{0} puts {1} of its attention on {2}.')}
            parts={[<Quoted name={name(position)} />, percent(top.weight), <Quoted name={name(top.key)} />]}
          />
        </p>
      )}
      <ol class="partners" data-testid="row" aria-label={l10n.t('What token {0} looked at', position)}>
        {ranked.slice(0, SHOWN).map(({ key, weight }) => (
          <li
            key={key}
            class={store.lit.value === key ? 'lit' : ''}
            onMouseEnter={() => (store.lit.value = key)}
            onMouseLeave={() => (store.lit.value = undefined)}
          >
            <span class="name">
              <TokenLabel name={name(key)} />
              <span class="muted small">
                {key === 0 ? l10n.t('first') : key === position ? l10n.t('itself') : distanceText(key - position)}
              </span>
            </span>
            <span class={key === 0 && keys.length > 1 ? 'bar sink' : 'bar'}>
              <i style={{ width: `${(shareOf(weight, 'linear', peak) * 100).toFixed(1)}%` }} />
            </span>
            <span class="number">{weightText(weight)}</span>
          </li>
        ))}
      </ol>
      {ranked.length > SHOWN && <p class="muted small">{l10n.t('and {0} more', ranked.length - SHOWN)}</p>}
    </>
  );
}
