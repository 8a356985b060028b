import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { useMemo, useRef } from 'preact/hooks';
import { headCount, isChosen } from '../../../src/attention/headKinds.ts';
import { rolesOf } from '../../../src/attention/roleScores.ts';
import { roleTraits } from '../../../src/protocol/headRole.ts';
import type { HeadDistances, HeadRoles } from '../../../src/protocol/inspection.ts';
import type { HeadId } from '../../../src/protocol/model.ts';
import { layerSelection, toggleHead, walk } from '../../shared/headSelection.ts';
import { distanceOf, headOrder } from '../layout/headOrder.ts';
import { headLabel } from './headNames.ts';
import { HeadPictures } from './HeadPictures.tsx';
import type { RunPanel } from './panel.ts';

interface HeadGridProps extends RunPanel {
  /** Marks heads that have a role. */
  readonly roles: HeadRoles | undefined;
  /** Arranges the pictures by them. */
  readonly distances: HeadDistances | undefined;
  readonly onPainted: () => void;
}

/** Every head as a small picture; one is chosen, or a set of them is combined. */
export function HeadGrid({ store, theme, explained, roles, distances, onPainted }: HeadGridProps): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const { grid } = explained;
  const { heads } = store.focus.value;
  const current = store.lastHead.value;
  const order = useMemo(() => headOrder(grid, distances), [grid, distances]);
  const placeOf = ({ layer, head }: HeadId): number =>
    order.findIndex((one) => one.layer === layer && one.head === head);
  const choose = ({ layer, head }: HeadId, join: boolean): void => {
    store.chooseHeads(join ? toggleHead(heads, { layer, head }, grid) : { kind: 'head', layer, head });
  };
  const onClick = (event: MouseEvent): void => {
    const place = pointed(event.target);
    if (place?.head !== undefined) choose({ layer: place.layer, head: place.head }, event.ctrlKey || event.metaKey);
    else if (place) store.chooseHeads(layerSelection(heads, place.layer, grid));
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const place = pointed(event.target);
    if (place?.head === undefined) return;
    const at = { layer: place.layer, head: place.head };
    const next = neighbour(order, placeOf(at), event.key, grid.heads);
    if (next) {
      event.preventDefault();
      if (!event.ctrlKey && !event.metaKey) choose(next, false);
      box.current?.querySelector<HTMLElement>(`[data-layer="${next.layer}"][data-head="${next.head}"]`)?.focus();
    } else if (event.key === ' ') {
      event.preventDefault();
      choose(at, true);
    }
  };
  const everyHead = headCount(heads, grid) === grid.layers * grid.heads;
  return (
    <div
      class={`head-grid ${everyHead ? 'every' : ''} ${distances ? 'sorted' : ''}`}
      ref={box}
      role="grid"
      aria-label={distances ? l10n.t('Heads, the most unusual first') : l10n.t('Heads by layer')}
      aria-multiselectable="true"
      onClick={onClick}
      onKeyDown={onKeyDown}
    >
      <HeadPictures store={store} theme={theme} explained={explained} order={order} onPainted={onPainted} />
      {!distances && (
        <div class="head-row names" aria-hidden="true">
          <span />
          {range(grid.heads).map((head) => (
            <span key={head}>{head}</span>
          ))}
        </div>
      )}
      {range(grid.layers).map((row) => (
        <div class="head-row" role="row" key={row}>
          {distances ? <span class="rank muted">{row * grid.heads + 1}</span> : <LayerName layer={row} heads={heads} />}
          {order.slice(row * grid.heads, (row + 1) * grid.heads).map((one) => {
            const mine = roles ? rolesOf(roles, one) : [];
            const label = headLabel(one, mine, distances && distanceOf(distances, one));
            return (
              <button
                key={`${one.layer}.${one.head}`}
                type="button"
                class="head"
                role="gridcell"
                data-layer={one.layer}
                data-head={one.head}
                data-name={l10n.t('L{0} H{1}', one.layer, one.head)}
                data-testid={`head-${one.layer}-${one.head}`}
                aria-label={label}
                aria-selected={isChosen(heads, one)}
                tabIndex={one.layer === current.layer && one.head === current.head ? 0 : -1}
                title={label}
              >
                {mine[0] && (
                  <span class="role" aria-hidden="true">
                    {roleTraits[mine[0].role].letter()}
                  </span>
                )}
              </button>
            );
          })}
        </div>
      ))}
    </div>
  );
}

function LayerName({
  layer,
  heads,
}: {
  readonly layer: number;
  readonly heads: { readonly kind: string };
}): JSX.Element {
  return (
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
  );
}

/** The head that an arrow key leads to as the heads are arranged. */
function neighbour(order: readonly HeadId[], place: number, key: string, columns: number): HeadId | undefined {
  const shape = { layers: order.length / columns, heads: columns };
  const next = walk({ layer: Math.floor(place / columns), head: place % columns }, key, shape);
  return next && order[next.layer * columns + next.head];
}

function pointed(
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
