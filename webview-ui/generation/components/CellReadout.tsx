import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import type { CacheNorms } from '../../../src/protocol/generation.ts';
import type { CellState } from '../layout/cacheCells.ts';
import type { ReadyView } from './view.ts';

export interface CachePlace {
  readonly layer: number;
  readonly position: number;
}

interface ReadoutProps extends ReadyView {
  readonly place: CachePlace | undefined;
  readonly state: CellState | undefined;
  readonly name: string | undefined;
}

/** What the cell under the pointer holds: norms of its key and value. */
export function CellReadout({ store, ready, place, state, name }: ReadoutProps): JSX.Element {
  if (!place || state === undefined) {
    return <p class="cell-readout muted small">{l10n.t('Point at a cell to read the norms of its key and value.')}</p>;
  }
  const title = l10n.t('Layer {0}, position {1} “{2}”', place.layer, place.position, name ?? '');
  const isHeld = state !== 'evicted' && state !== 'free';
  const norms = isHeld ? store.numbers.cacheNorms(ready, place.layer) : undefined;
  return (
    <p class="cell-readout small" role="status" data-testid="cell-readout">
      <b>{title}</b>
      <span>{norms?.kind === 'ready' ? normsText(norms.value, place.position) : isHeld ? '' : l10n.t('not held')}</span>
    </p>
  );
}

function normsText({ positions, keys, values }: CacheNorms, position: number): string {
  const place = positions.indexOf(position);
  if (place < 0) return '';
  const ofHeads = (norms: Float32Array): readonly number[] =>
    Array.from({ length: norms.length / positions.length }, (_, head) => norms[head * positions.length + place]!);
  const [key, value] = [ofHeads(keys), ofHeads(values)];
  return key.length === 1
    ? l10n.t('‖key‖ {0} · ‖value‖ {1}', key[0]!.toFixed(2), value[0]!.toFixed(2))
    : l10n.t('‖key‖ {0} · ‖value‖ {1} in {2} heads', rangeText(key), rangeText(value), key.length);
}

function rangeText(norms: readonly number[]): string {
  return l10n.t('{0} to {1}', Math.min(...norms).toFixed(2), Math.max(...norms).toFixed(2));
}
