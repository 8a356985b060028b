import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import type { HeadId } from '../../../src/protocol/model.ts';
import { headCount, isChosen, layerSelection, toggleHead, walk } from '../../shared/headSelection.ts';
import { CombineChoice } from './CombineChoice.tsx';
import { HeadPictures } from './HeadPictures.tsx';
import { HeadsForPair } from './HeadsForPair.tsx';
import type { RunPanel } from './panel.ts';
import { headNames, headsTitle } from '../../shared/phrases.ts';

/** Every layer × head as a small picture; one is chosen, or a set of them is combined. */
export function Heads({ store, theme, explained }: RunPanel): JSX.Element {
  const grid = useRef<HTMLDivElement>(null);
  const shape = explained.grid;
  const { heads } = store.focus.value;
  const current = store.lastHead.value;
  const everyHead = headCount(heads, shape) === shape.layers * shape.heads;
  const choose = ({ layer, head }: HeadId, join: boolean): void => {
    store.chooseHeads(join ? toggleHead(heads, { layer, head }, shape) : { kind: 'head', layer, head });
    store.announce(headsTitle(store.focus.value.heads, shape));
  };
  const focusCell = ({ layer, head }: HeadId): void =>
    grid.current?.querySelector<HTMLElement>(`[data-layer="${layer}"][data-head="${head}"]`)?.focus();
  const onClick = (event: MouseEvent): void => {
    const place = placeOf(event.target);
    if (place?.head !== undefined) choose({ layer: place.layer, head: place.head }, event.ctrlKey || event.metaKey);
    else if (place) store.chooseHeads(layerSelection(heads, place.layer, shape));
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const place = placeOf(event.target);
    if (place?.head === undefined) return;
    const at = { layer: place.layer, head: place.head };
    const next = walk(at, event.key, shape);
    if (next) {
      event.preventDefault();
      if (!event.ctrlKey && !event.metaKey) choose(next, false);
      focusCell(next);
    } else if (event.key === ' ') {
      event.preventDefault();
      choose(at, true);
    }
  };
  return (
    <section class="heads" aria-label={l10n.t('Heads')} data-testid="heads">
      <div class="section-title">
        <h2>{l10n.t('Heads')}</h2>
        <span class="grow" />
        <CombineChoice store={store} explained={explained} />
      </div>
      <div class="head-scroll">
        <div
          class={everyHead ? 'head-grid every' : 'head-grid'}
          ref={grid}
          role="grid"
          aria-label={l10n.t('Heads by layer')}
          aria-multiselectable="true"
          onClick={onClick}
          onKeyDown={onKeyDown}
        >
          <HeadPictures store={store} theme={theme} explained={explained} />
          <div class="head-row names" aria-hidden="true">
            <span />
            {range(shape.heads).map((head) => (
              <span key={head}>{head}</span>
            ))}
          </div>
          {range(shape.layers).map((layer) => (
            <div class="head-row" role="row" key={layer}>
              <button
                type="button"
                class="layer-name"
                role="rowheader"
                tabIndex={-1}
                data-layer={layer}
                title={
                  heads.kind === 'rollout'
                    ? l10n.t('Roll out through layer {0}', layer)
                    : l10n.t('Combine the heads of layer {0}', layer)
                }
              >
                {l10n.t('L{0}', layer)}
              </button>
              {range(shape.heads).map((head) => (
                <button
                  key={head}
                  type="button"
                  class="head"
                  role="gridcell"
                  data-layer={layer}
                  data-head={head}
                  data-testid={`head-${layer}-${head}`}
                  aria-label={l10n.t('Layer {0}, head {1}', layer, head)}
                  aria-selected={isChosen(heads, { layer, head })}
                  tabIndex={layer === current.layer && head === current.head ? 0 : -1}
                  title={l10n.t('Layer {0}, head {1}', layer, head)}
                />
              ))}
            </div>
          ))}
        </div>
      </div>
      <p class="chosen" title={headNames(heads)} data-testid="chosen-heads">
        {heads.kind === 'head' ? (
          <span class="muted">{l10n.t('Ctrl+click or Space adds a head, a layer’s name its heads.')}</span>
        ) : (
          <>
            <b>{headsTitle(heads, shape)}</b>
            {headCount(heads, shape) < shape.layers * shape.heads && <span class="muted"> {headNames(heads)}</span>}
          </>
        )}
      </p>
      <HeadsForPair store={store} theme={theme} explained={explained} />
    </section>
  );
}

function placeOf(
  target: EventTarget | null,
): { readonly layer: number; readonly head: number | undefined } | undefined {
  const element = target instanceof Element ? target.closest<HTMLElement>('[data-layer]') : null;
  if (!element) return undefined;
  const { layer, head } = element.dataset;
  return { layer: Number(layer), head: head === undefined ? undefined : Number(head) };
}

function range(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index);
}
