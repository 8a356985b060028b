import { useSignal } from '@preact/signals';
import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { Quoted, Sentence, TokenLabel } from '../../shared/controls.tsx';
import { valueText } from '../../shared/measure.ts';
import { distanceText } from '../../shared/numbers.ts';
import { countText, normDefinition } from '../../shared/phrases.ts';
import { Unavailable } from '../../shared/runStates.tsx';
import { type Ranked, ranked } from '../layout/amounts.ts';
import { SideName } from './SideName.tsx';
import { bothLoaded } from '../state/store.ts';
import type { Layers } from '../state/viewState.ts';
import type { SideView, TextsView } from './view.ts';

/** Rows shown before the user asks for the rest. */
const FIRST_ROWS = 8;

/** The norms of what the compared token gets from which tokens, one text beside the other. */
export function Sources(view: TextsView): JSX.Element {
  const { store, texts } = view;
  const [first, second] = store.norms;
  const both = bothLoaded(first.value, second.value, (one, other) => [one, other] as const);
  const lists =
    both.kind === 'ready' ? both.value.map((amounts, side) => ranked(amounts, store.tokens.value[side]!)) : [];
  const largest = Math.max(...lists.map((list) => list[0]?.amount ?? 0));
  return (
    <section class="sources" aria-label={l10n.t('What it gets')} data-testid="sources" data-state={both.kind}>
      <div class="section-title">
        <h2 title={normDefinition()}>{l10n.t('How much it gets from which token: the mean norm')}</h2>
        <span class="grow" />
        <LayerPicker store={store} layers={texts.sides[0].explained.grid.layers} />
      </div>
      {both.kind === 'failed' && (
        <Unavailable failure={both.failure} onRetry={() => store.retry()} onShowLog={() => store.host.act('showLog')} />
      )}
      {both.kind === 'ready' && (
        <>
          <p class="words" data-testid="sources-words">
            <SourcesSentence {...view} lists={[lists[0]!, lists[1]!]} />
          </p>
          <div class="beside">
            <SourceList {...view} index={0} list={lists[0]!} largest={largest} />
            <SourceList {...view} index={1} list={lists[1]!} largest={largest} />
          </div>
        </>
      )}
    </section>
  );
}

function LayerPicker({ store, layers }: Pick<TextsView, 'store'> & { readonly layers: number }): JSX.Element {
  return (
    <label class="layer-picker">
      <span class="muted">{l10n.t('In')}</span>
      <select
        data-testid="layers"
        value={String(store.layers.value)}
        onChange={({ currentTarget: { value } }) => {
          const chosen: Layers = value === 'all' ? 'all' : Number(value);
          store.layers.value = chosen;
        }}
      >
        <option value="all">{l10n.t('all layers')}</option>
        {Array.from({ length: layers }, (_, layer) => (
          <option key={layer} value={String(layer)}>
            {l10n.t('layer {0}', layer)}
          </option>
        ))}
      </select>
    </label>
  );
}

/** The largest source in each text, apart from the token itself. */
function SourcesSentence({
  texts,
  lists,
}: TextsView & { readonly lists: readonly [readonly Ranked[], readonly Ranked[]] }): JSX.Element {
  const [first, second] = lists.map((list) => list.find(({ distance, amount }) => distance !== 0 && amount > 0));
  if (!first || !second) return <>{l10n.t('A token that comes first can take in only itself.')}</>;
  const [name, other] = [texts.sides[0].names[first.token]!, texts.sides[1].names[second.token]!];
  const amounts = [valueText(first.amount, 'norm'), valueText(second.amount, 'norm')];
  return name === other ? (
    <Sentence
      text={l10n.t(
        'Apart from itself, it gets most from {0} in both texts, with a norm of {1} in the first and {2} in the second.',
      )}
      parts={[<Quoted name={name} />, ...amounts]}
    />
  ) : (
    <Sentence
      text={l10n.t(
        'Apart from itself, it gets most from {0} in the first text, with a norm of {1}, and from {2} in the second, with {3}.',
      )}
      parts={[<Quoted name={name} />, amounts[0], <Quoted name={other} />, amounts[1]]}
    />
  );
}

function SourceList({
  store,
  texts,
  index,
  list,
  largest,
}: SideView & { readonly list: readonly Ranked[]; readonly largest: number }): JSX.Element {
  const all = useSignal(false);
  const rows = all.value ? list : list.slice(0, FIRST_ROWS);
  const lit = store.lit(index);
  return (
    <div>
      <SideName texts={texts} index={index} />
      <ol
        class="source-list"
        aria-label={index === 0 ? l10n.t('In the first text') : l10n.t('In the second text')}
        data-testid={`sources-${index}`}
        onMouseLeave={() => store.point(index, undefined)}
      >
        {rows.map(({ token, amount, distance }) => (
          <li
            key={token}
            class={token === lit.key || token === lit.query ? 'lit' : ''}
            data-token={token}
            onMouseEnter={() => store.point(index, { query: store.tokens.peek()[index], key: token })}
          >
            <span class="name">
              <TokenLabel name={texts.sides[index].names[token]!} />
              <span class="distance muted">{distance === 0 ? l10n.t('self') : distanceText(distance)}</span>
            </span>
            <span class="bar" aria-hidden="true">
              <i style={{ width: `${largest > 0 ? (amount / largest) * 100 : 0}%` }} />
            </span>
            <span class="amount">{valueText(amount, 'norm')}</span>
          </li>
        ))}
      </ol>
      {list.length > rows.length && (
        <button type="button" class="more" onClick={() => (all.value = true)}>
          {l10n.t('Show {0} more', countText(list.length - rows.length))}
        </button>
      )}
    </div>
  );
}
