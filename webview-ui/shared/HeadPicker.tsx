import * as l10n from '@vscode/l10n';
import type { ReadonlySignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import { isChosen } from '../../src/attention/headKinds.ts';
import type { HeadGrid, HeadId } from '../../src/protocol/model.ts';
import { type HeadCombination, joinings } from '../../src/protocol/run.ts';
import { CombineChoice } from './CombineChoice.tsx';
import { toggleHead, walk } from './headSelection.ts';

const KINDS = ['head', ...joinings] as const;

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
        <CombineChoice
          kinds={KINDS}
          heads={heads}
          lastHead={current}
          grid={grid}
          onChoose={(chosen) => store.chooseHeads(chosen)}
        />
      </div>
      <div
        class={'heads' in heads && heads.heads === 'all' ? 'head-cells every' : 'head-cells'}
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
