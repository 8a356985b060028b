import { useSignal } from '@preact/signals';
import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { watchSize } from '../../shared/boxSize.ts';
import { openSurface } from '../../shared/surface.ts';
import { labelText } from '../../shared/tokenLabel.ts';
import { cacheCells, countOf, type CellState } from '../layout/cacheCells.ts';
import { nameAt } from '../layout/stream.ts';
import { columnOf, paintCache } from '../paint/cachePaint.ts';
import { CellReadout, type CachePlace } from './CellReadout.tsx';
import type { ReadyView } from './view.ts';

/** Per layer and position: computed in the last step, reused, evicted. Arrow keys walk the cells. */
export function CacheGrid(view: ReadyView): JSX.Element {
  const { store, theme, ready } = view;
  const { cache, state } = { cache: ready.origin.cache, state: ready.state };
  const length = ready.origin.promptTokens.length + state.taken;
  const cells = useMemo(() => cacheCells(state.cache, length), [state.cache, length]);
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const width = useSignal(0);
  const place = useSignal<CachePlace | undefined>(undefined);
  const rowHeight = Math.max(3, Math.min(12, Math.floor(220 / cache.layers)));
  useEffect(() => {
    const watched = watchSize(box.current!);
    const stop = watched.size.subscribe((size) => (width.value = size.width));
    return () => {
      stop();
      watched.dispose();
    };
  }, []);
  const colours = theme.value;
  useEffect(() => {
    const surface = canvas.current && openSurface(canvas.current, width.value, rowHeight * cache.layers);
    if (surface) paintCache(surface, cells, { layers: cache.layers, rowHeight }, colours);
  }, [cells, colours, width.value, rowHeight]);

  const show = (next: CachePlace | undefined): void => {
    place.value = next;
    store.lit.value = next?.position;
  };
  const pointed = (event: MouseEvent): CachePlace | undefined => {
    const frame = box.current!.getBoundingClientRect();
    const position = Math.floor((event.clientX - frame.left) / columnOf(0, cells.length, frame.width).width);
    const layer = Math.floor((event.clientY - frame.top) / rowHeight);
    const isInside = position >= 0 && position < cells.length && layer >= 0 && layer < cache.layers;
    return isInside ? { layer, position } : undefined;
  };
  const walk = (event: KeyboardEvent): void => {
    const [down, right] = steps[event.key] ?? [];
    if (down === undefined || right === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    const from = place.value ?? { layer: 0, position: length - 1 };
    show({
      layer: Math.max(0, Math.min(cache.layers - 1, from.layer + down)),
      position: Math.max(0, Math.min(cells.length - 1, from.position + right)),
    });
  };
  const at = place.value;
  const column = at && columnOf(at.position, cells.length, width.value);
  return (
    <>
      <div
        class="cache-grid"
        ref={box}
        tabIndex={0}
        role="img"
        aria-label={l10n.t(
          'Cache in each of {0} layers: {1} positions reused, {2} computed now. Arrow keys walk the cells.',
          cache.layers,
          countOf(cells, 'reused'),
          countOf(cells, 'computed'),
        )}
        data-testid="cache-grid"
        onMouseMove={(event) => show(pointed(event))}
        onMouseLeave={() => show(undefined)}
        onKeyDown={walk}
        onBlur={() => show(undefined)}
      >
        <canvas ref={canvas} aria-hidden="true" />
        {at && column && (
          <span
            class="cell-mark"
            style={{
              left: `${column.left}px`,
              width: `${Math.max(3, column.width)}px`,
              top: `${at.layer * rowHeight}px`,
              height: `${rowHeight}px`,
            }}
          />
        )}
      </div>
      <p
        class="axis"
        aria-hidden="true"
        style={{ width: `${cells.length * columnOf(0, cells.length, width.value).width}px` }}
      >
        <span>0</span>
        <span>{cells.length - 1}</span>
      </p>
      <Key cells={cells} />
      <CellReadout
        {...view}
        place={at}
        state={at && cells[at.position]}
        name={at && labelText(nameAt(ready.origin, state, at.position))}
      />
    </>
  );
}

const steps: Readonly<Record<string, readonly [down: number, right: number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

function Key({ cells }: { readonly cells: readonly CellState[] }): JSX.Element {
  const names: readonly (readonly [CellState, string])[] = [
    ['reused', l10n.t('reused')],
    ['computed', l10n.t('computed now')],
    ['waiting', l10n.t('held for later')],
    ['evicted', l10n.t('not held')],
    ['free', l10n.t('reserved')],
  ];
  return (
    <p class="cache-key" data-testid="cache-key">
      {names
        .map(([state, name]) => ({ state, name, count: countOf(cells, state) }))
        .filter(({ count }) => count > 0)
        .map(({ state, name, count }) => (
          <span key={state}>
            <i class={state} aria-hidden="true" />
            {name} <b>{count}</b>
          </span>
        ))}
    </p>
  );
}
