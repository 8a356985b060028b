import * as l10n from '@vscode/l10n';
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import { headCount, isChosen, MEAN_OF_ALL } from '../../../src/attention/headKinds.ts';
import type { Effect } from '../../../src/protocol/inspection.ts';
import type { HeadGrid, HeadId } from '../../../src/protocol/model.ts';
import { headAt, layerSelection, walk } from '../../shared/headSelection.ts';
import { LOG_DECADES, shareOf, stepOf } from '../../shared/ramp.ts';
import type { EffectList } from './effectList.ts';
import { bitsText, probabilityText, shortBitsText } from './effectNumbers.ts';
import type { EffectView } from './effectView.ts';
import { StrongestSentence } from './sentences.tsx';

/** Every head, and every whole layer behind its heads, coloured by what switching it off does. */
export function HeadEffects({ store, theme, explained, list }: EffectView): JSX.Element {
  const { layers, heads } = explained.grid;
  // A layer stands in one more column behind its heads.
  const grid = { layers, heads: heads + 1 };
  const box = useRef<HTMLDivElement>(null);
  const chosen = store.focus.value.heads;
  const first = chosen.kind === 'head' ? chosen : { layer: 0, head: 0 };
  const at = useSignal<HeadId | undefined>(undefined);
  const effects = list.effects.value;
  const effectOf = (layer: number, head: number): Effect | undefined =>
    effects[head === heads ? layers * heads + layer : layer * heads + head];
  const ofHeads = effects.slice(0, layers * heads);
  const peaks = { head: peakOf(ofHeads), layer: peakOf(effects.slice(layers * heads)) };
  const choose = (layer: number, head: number): void =>
    store.chooseHeads(
      head === heads ? layerSelection(MEAN_OF_ALL, layer, explained.grid) : { kind: 'head', layer, head },
    );
  const onKeyDown = (event: KeyboardEvent): void => {
    const { layer, head } = event.target instanceof HTMLElement ? event.target.dataset : {};
    const next = walk({ layer: Number(layer), head: Number(head) }, event.key, grid);
    if (!next) return;
    event.preventDefault();
    box.current?.querySelector<HTMLElement>(`[data-layer="${next.layer}"][data-head="${next.head}"]`)?.focus();
  };
  return (
    <>
      {list.complete.value && <Words list={list} layers={layers} heads={heads} />}
      <div
        class="effect-heads"
        style={{ '--columns': heads }}
        ref={box}
        role="grid"
        aria-label={l10n.t('Effect of switching off each head, and each layer')}
        data-testid="effect-heads"
        onKeyDown={onKeyDown}
        onMouseLeave={() => (at.value = undefined)}
      >
        <div class="effect-row names" aria-hidden="true">
          <span />
          {Array.from({ length: heads }, (_, head) => (
            <span key={head}>{head}</span>
          ))}
          <span>{l10n.t('all')}</span>
        </div>
        {Array.from({ length: layers }, (_, layer) => (
          <div class="effect-row" role="row" key={layer}>
            <span class="muted" role="rowheader">
              {l10n.t('L{0}', layer)}
            </span>
            {Array.from({ length: heads + 1 }, (_head, head) => {
              const effect = effectOf(layer, head);
              const peak = head === heads ? peaks.layer : peaks.head;
              const step = effect && stepOf(shareOf(effect.divergence, 'log', peak));
              const { css, ink } = theme.value.ramp;
              return (
                <button
                  key={head}
                  type="button"
                  role="gridcell"
                  class="effect-cell"
                  data-layer={layer}
                  data-head={head}
                  data-effect={effect?.divergence}
                  aria-label={cellText(layer, head === heads ? undefined : head, effect)}
                  aria-selected={
                    head === heads
                      ? headCount(chosen, explained.grid) === heads && isChosen(chosen, { layer, head: 0 })
                      : isChosen(chosen, { layer, head })
                  }
                  tabIndex={layer === first.layer && head === first.head ? 0 : -1}
                  style={step === undefined ? {} : { background: css[step], color: ink[step] }}
                  onClick={() => choose(layer, head)}
                  onFocus={() => (at.value = { layer, head })}
                  onMouseEnter={() => (at.value = { layer, head })}
                >
                  {effect && <span>{shortBitsText(effect.divergence)}</span>}
                </button>
              );
            })}
          </div>
        ))}
      </div>
      <p class="effect-readout" data-testid="effect-readout">
        {at.value
          ? cellText(
              at.value.layer,
              at.value.head === heads ? undefined : at.value.head,
              effectOf(at.value.layer, at.value.head),
            )
          : list.complete.value
            ? l10n.t(
                'Colours span {0} powers of ten, up to {1} bits for a head and {2} bits for a whole layer.',
                LOG_DECADES,
                bitsText(peaks.head),
                bitsText(peaks.layer),
              )
            : l10n.t('Not every head and layer is measured yet.')}
      </p>
    </>
  );
}

/** What changes the prediction most, a head or a whole layer; and where that is a layer, the head that does. */
function Words({ list, layers, heads }: { readonly list: EffectList } & HeadGrid): JSX.Element {
  const effects = list.effects.value;
  const [head, layer] = [indexOfPeak(effects.slice(0, layers * heads)), indexOfPeak(effects.slice(layers * heads))];
  const [ofHead, ofLayer] = [effects[head]!, effects[layers * heads + layer]!];
  const isLayer = ofLayer.divergence > ofHead.divergence;
  const strongest = isLayer ? ofLayer : ofHead;
  return (
    <p class="effect-words" data-testid="effect-words">
      <StrongestSentence
        what={isLayer ? l10n.t('layer {0}', layer) : headName(headAt(head, heads))}
        divergence={strongest.divergence}
        from={list.untouched.value!.probability}
        to={strongest.probability}
      />{' '}
      {isLayer &&
        l10n.t(
          'Of single heads, {0} changes it most, by {1} bits.',
          headName(headAt(head, heads)),
          bitsText(ofHead.divergence),
        )}
    </p>
  );
}

function cellText(layer: number, head: number | undefined, effect: Effect | undefined): string {
  const name = head === undefined ? l10n.t('Layer {0} off', layer) : l10n.t('Layer {0}, head {1} off', layer, head);
  if (!effect) return l10n.t('{0}: not measured yet', name);
  return l10n.t(
    '{0}: {1} bits, probability then {2}',
    name,
    bitsText(effect.divergence),
    probabilityText(effect.probability),
  );
}

function headName({ layer, head }: HeadId): string {
  return l10n.t('layer {0}, head {1}', layer, head);
}

function peakOf(effects: readonly Effect[]): number {
  return effects.reduce((peak, { divergence }) => Math.max(peak, divergence), 0);
}

function indexOfPeak(effects: readonly Effect[]): number {
  const peak = peakOf(effects);
  return effects.findIndex(({ divergence }) => divergence === peak);
}
