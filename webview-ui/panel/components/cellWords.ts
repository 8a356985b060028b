import * as l10n from '@vscode/l10n';
import type { Explained } from '../../shared/text/explained.ts';
import type { CellPlace } from '../../shared/matrix/frame.ts';
import { measureOf, valueText } from '../../shared/measure.ts';
import { countText, measureName } from '../../shared/phrases.ts';
import { partnerRange, rankOf, rankPartners, strongestOf, type Ranking } from '../layout/ranking.ts';
import { labelText, quotedName } from '../../shared/tokenLabel.ts';
import { mapLoaded, type Loaded } from '../../shared/loaded.ts';
import type { PanelStore } from '../state/store.ts';

/** The ranked partners of a token in the chosen direction. */
export function rankingOf(store: PanelStore, explained: Explained, token: number): Loaded<Ranking> {
  const weights = store.weights.value;
  if (!weights) return { kind: 'loading' };
  const { direction } = store.focus.value;
  const range = partnerRange(token, explained.tokens.length, direction, explained.causal);
  return mapLoaded(weights.line(token, direction), (line) => rankPartners(line, token, range, weights.measure));
}

/** The partner with the largest weight; the first token, when it is set apart, only if there is no other. */
export function strongestPartner(store: PanelStore, explained: Explained, token: number): number | undefined {
  const ranking = rankingOf(store, explained, token);
  if (ranking.kind !== 'ready') return undefined;
  return strongestOf(ranking.value, store.sinkApart.value && store.focus.value.direction === 'looksAt');
}

/** The numbers of one cell. */
export interface CellNumbers {
  readonly weight: number;
  /** 1 for the largest of the query's row. */
  readonly rank: number;
  /** Keys that the query can look at. */
  readonly of: number;
  /** Tokens from the query to the key; negative is earlier. */
  readonly distance: number;
}

export function cellNumbers(store: PanelStore, explained: Explained, { query, key }: CellPlace): Loaded<CellNumbers> {
  const weights = store.weights.value;
  if (!weights) return { kind: 'loading' };
  const range = partnerRange(query, explained.tokens.length, 'looksAt', explained.causal);
  return mapLoaded(weights.line(query, 'looksAt'), (row) => ({
    weight: row[key]!,
    rank: rankOf(row, key, range),
    of: range.end - range.start,
    distance: key - query,
  }));
}

/** A cell as it is said to screen readers. */
export function cellInWords(store: PanelStore, explained: Explained, cell: CellPlace): string {
  const [query, key] = [cell.query, cell.key].map((token) => labelText(quotedName(explained.names[token]!)));
  const numbers = cellNumbers(store, explained, cell);
  if (numbers.kind !== 'ready') return l10n.t('{0} looks at {1}', query!, key!);
  const { weight, rank, of } = numbers.value;
  const measure = measureOf(store.focus.peek());
  const value = l10n.t('{0} {1}', measureName(measure), valueText(weight, measure));
  return l10n.t('{0} looks at {1}: {2}, rank {3} of {4}', query!, key!, value, countText(rank), countText(of));
}
