import type { Direction } from '../../../src/protocol/run.ts';
import type { CellPlace } from '../../shared/matrix/frame.ts';

/** What the pointer or the keyboard is on. `under` is the token to be lit in the editor. */
export type Hover =
  | { readonly kind: 'token'; readonly token: number; readonly under: number }
  | ({ readonly kind: 'cell'; readonly under: number } & CellPlace);

/** A token and, where a single weight is meant, its partner. */
export interface Pair {
  readonly token: number;
  readonly partner: number | undefined;
}

export function hoverToken(token: number): Hover {
  return { kind: 'token', token, under: token };
}

export function hoverCell({ query, key }: CellPlace, under: number = query): Hover {
  return { kind: 'cell', query, key, under };
}

/** The same hover seen in a direction: the query looks at, the key is looked at by. */
export function pairOf(hover: Hover, direction: Direction): Pair {
  if (hover.kind === 'token') return { token: hover.token, partner: undefined };
  return direction === 'looksAt'
    ? { token: hover.query, partner: hover.key }
    : { token: hover.key, partner: hover.query };
}

export function cellOf(token: number, partner: number, direction: Direction): CellPlace {
  return direction === 'looksAt' ? { query: token, key: partner } : { query: partner, key: token };
}

export function sameHover(a: Hover | undefined, b: Hover | undefined): boolean {
  if (a?.kind === 'cell' && b?.kind === 'cell') return a.query === b.query && a.key === b.key && a.under === b.under;
  if (a?.kind === 'token' && b?.kind === 'token') return a.token === b.token;
  return a === b;
}
