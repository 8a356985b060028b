import { useRef } from 'preact/hooks';
import type { RowSteps } from '../../../src/protocol/inspection.ts';
import type { HeadId } from '../../../src/protocol/model.ts';
import { LOADING, type Loaded } from '../../shared/loaded.ts';
import type { TokenPanel } from '../components/panel.ts';
import { queryOf, stepsHead } from './stepsCell.ts';

/** A row with the tensors that it was computed from. */
export interface ShownRow {
  readonly head: HeadId;
  readonly query: number;
  readonly row: RowSteps;
  /** Another row is asked for: this one stays until it is there, since a flash of emptiness tells nothing. */
  readonly busy: boolean;
}

/** The row that the shown token's steps are told of. */
export function useShownRow({ store, explained, token }: TokenPanel): Loaded<ShownRow> {
  const head = stepsHead(store);
  const query = queryOf(store, explained, token, head);
  const loaded =
    query.kind === 'ready' ? (store.numbers.value?.steps({ ...head, query: query.value }) ?? LOADING) : query;
  const shown = useRef<Omit<ShownRow, 'busy'> | undefined>(undefined);
  if (loaded.kind === 'ready' && query.kind === 'ready' && shown.current?.row !== loaded.value) {
    shown.current = { head, query: query.value, row: loaded.value };
  }
  if (loaded.kind === 'failed') return loaded;
  return shown.current ? { kind: 'ready', value: { ...shown.current, busy: loaded.kind === 'loading' } } : LOADING;
}
