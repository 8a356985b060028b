import * as l10n from '@vscode/l10n';
import type { CellPlace } from '../../shared/matrix/frame.ts';
import { weightText } from '../../shared/numbers.ts';
import { labelText } from '../../shared/tokenLabel.ts';
import type { Side } from '../state/side.ts';

/** The weight of one cell; `undefined` until it is known. */
export function cellWeight({ weights }: Side, { query, key }: CellPlace): number | undefined {
  const row = weights.value.line(query, 'looksAt');
  return row.kind === 'ready' ? row.value[key] : undefined;
}

/** A cell as it is said to screen readers. */
export function cellInWords(side: Side, cell: CellPlace): string {
  const [query, key] = [cell.query, cell.key].map((token) => labelText(side.names[token]!));
  const weight = cellWeight(side, cell);
  return weight === undefined
    ? l10n.t('{0} looks at {1}', query!, key!)
    : l10n.t('{0} looks at {1}: {2}', query!, key!, weightText(weight));
}

/** The token that a query looks at most; the first one, when it is set apart, only if there is no other. */
export function strongestKey({ weights }: Side, query: number, sinkApart: boolean): number | undefined {
  const row = weights.value.line(query, 'looksAt');
  if (row.kind !== 'ready') return undefined;
  const from = sinkApart && query > 0 ? 1 : 0;
  return from + row.value.subarray(from).reduce((best, weight, key, all) => (weight > all[best]! ? key : best), 0);
}
