import { useComputed } from '@preact/signals';
import type { RowSteps } from '../../../src/protocol/inspection.ts';
import type { HeadId } from '../../../src/protocol/model.ts';
import { mapLoaded, type Loaded } from '../../shared/loaded.ts';
import type { Explained } from '../../shared/text/explained.ts';
import { partnerRange, rankPartners, strongestOf } from '../layout/ranking.ts';
import type { PanelStore } from '../state/store.ts';

/** Steps are of one head: with several chosen, of the one that was chosen last. */
export function stepsHead(store: PanelStore): HeadId {
  const { heads } = store.focus.value;
  return heads.kind === 'head' ? heads : store.lastHead.value;
}

/** The query whose row is shown: the token itself, or what looks at it: the pinned partner, else the strongest in the head. */
export function queryOf(store: PanelStore, explained: Explained, token: number, head: HeadId): Loaded<number> {
  const { direction, partner } = store.focus.value;
  if (direction === 'looksAt') return { kind: 'ready', value: token };
  if (partner !== undefined) return { kind: 'ready', value: partner };
  const line = store.numbers.value?.weights({ kind: 'head', ...head }, 'weight').line(token, direction) ?? {
    kind: 'loading',
  };
  const range = partnerRange(token, explained.tokens.length, direction, explained.causal);
  return mapLoaded(line, (weights) => strongestOf(rankPartners(weights, token, range, 'weight'), false) ?? token);
}

/** The key of a row that is told of: hovered, else pinned, else the strongest. */
export function keyOf(store: PanelStore, query: number, row: RowSteps, hovered: number | undefined): number {
  const { direction, token, partner } = store.focus.value;
  if (hovered !== undefined && hovered < row.keys) return hovered;
  const subject = store.subject.value;
  const chosen = direction === 'lookedAtBy' ? subject : token === query ? partner : undefined;
  if (chosen !== undefined && chosen < row.keys) return chosen;
  const ranking = rankPartners(row.weights, query, { start: 0, end: row.keys }, 'weight');
  return strongestOf(ranking, store.sinkApart.value) ?? 0;
}

/** The key that a hover elsewhere previews: of a cell in the query's row, or of a token while the query is pinned. */
export function useHoveredKey(store: PanelStore): number | undefined {
  return useComputed(() => {
    const { direction, token: pinned } = store.focus.value;
    const hover = store.hover.value;
    if (!hover || direction !== 'looksAt') return undefined;
    if (hover.kind === 'cell') return hover.query === store.subject.value ? hover.key : undefined;
    return pinned === undefined || hover.token === pinned ? undefined : hover.token;
  }).value;
}
