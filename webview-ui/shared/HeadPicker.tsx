import * as l10n from '@vscode/l10n';
import type { ReadonlySignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import type { HeadId } from '../../src/protocol/model.ts';
import type { HeadCombination } from '../../src/protocol/run.ts';
import { Segments } from './controls.tsx';
import { combined, type HeadGrid, isChosen, toggleHead, walk } from './headSelection.ts';

/** A store that keeps which heads are looked at. */
export interface HeadChoice {
  readonly heads: ReadonlySignal<HeadCombination>;
  /** The single head to return to from a combination. */
  readonly lastHead: ReadonlySignal<HeadId>;
  chooseHeads(heads: HeadCombination): void;
}

interface HeadPickerProps {
  readonly store: HeadChoice;
  readonly grid: HeadGrid;
}

/** Which heads are looked at: chosen, combined and walked as in the Attention panel. */
export function HeadPicker({ store, grid }: HeadPickerProps): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const heads = store.heads.value;
  const current = store.lastHead.value;
  const choose = (one: HeadId, join: boolean): void =>
    store.chooseHeads(join ? toggleHead(heads, one, grid) : { kind: 'head', ...one });
  const onKeyDown = (event: KeyboardEvent): void => {
    const at = headOf(event.target);
    if (!at) return;
    const next = walk(at, event.key, grid);
    if (!next && event.key !== ' ') return;
    event.preventDefault();
    event.stopPropagation();
    choose(next ?? at, next === undefined);
    if (!next) return;
    box.current?.querySelector<HTMLElement>(`[data-layer="${next.layer}"][data-head="${next.head}"]`)?.focus();
  };
  return (
    <div class="head-picker">
      <div class="part-title">
        <h3>{l10n.t('Heads')}</h3>
        <span class="grow" />
        <Segments
          label={l10n.t('Combine heads')}
          value={heads.kind}
          choices={[
            { value: 'head', text: l10n.t('One'), title: l10n.t('One head alone') },
            { value: 'mean', text: l10n.t('Mean'), title: l10n.t('Mean of the chosen heads, or of all') },
            { value: 'max', text: l10n.t('Max'), title: l10n.t('Largest weight among the chosen heads, or all') },
          ]}
          onChoose={(kind) => store.chooseHeads(kind === 'head' ? { kind, ...current } : combined(heads, kind))}
          onRepeat={(kind) => kind !== 'head' && store.chooseHeads({ kind, heads: 'all' })}
        />
      </div>
      <div
        class={heads.kind !== 'head' && heads.heads === 'all' ? 'head-cells every' : 'head-cells'}
        ref={box}
        role="grid"
        aria-label={l10n.t('Heads by layer')}
        aria-multiselectable="true"
        style={{ '--heads': grid.heads }}
        data-testid="heads"
        onClick={(event) => {
          const head = headOf(event.target);
          if (head) choose(head, event.ctrlKey || event.metaKey);
        }}
        onKeyDown={onKeyDown}
      >
        {Array.from({ length: grid.layers }, (_, layer) => (
          <div role="row" key={layer}>
            <span class="muted" role="rowheader">
              {l10n.t('L{0}', layer)}
            </span>
            {Array.from({ length: grid.heads }, (__, head) => (
              <button
                key={head}
                type="button"
                role="gridcell"
                data-layer={layer}
                data-head={head}
                aria-label={l10n.t('Layer {0}, head {1}', layer, head)}
                title={l10n.t('Layer {0}, head {1}', layer, head)}
                aria-selected={isChosen(heads, { layer, head })}
                tabIndex={layer === current.layer && head === current.head ? 0 : -1}
              />
            ))}
          </div>
        ))}
      </div>
    </div>
  );
}

function headOf(target: EventTarget | null): HeadId | undefined {
  const element = target instanceof Element ? target.closest<HTMLElement>('[data-head]') : null;
  return element ? { layer: Number(element.dataset['layer']), head: Number(element.dataset['head']) } : undefined;
}
