import type { Explained } from '../text/explained.ts';
import { FIT, panned, revealing, type CellPlace } from './frame.ts';
import { ZOOM_STEP, zoomBy } from './matrixControls.ts';
import type { MatrixModel } from './matrixModel.ts';
import type { MatrixStage } from './matrixStage.ts';

const PAGE = 10;
const PAN_STEP = 48;

/**
 * Handles a key on the matrix.
 *
 * @returns the cell that the key moved to
 */
export function matrixKeys(
  event: KeyboardEvent,
  stage: MatrixStage,
  model: MatrixModel,
  explained: Explained,
): CellPlace | undefined {
  const pan = panOf(event);
  if (pan) {
    event.preventDefault();
    model.matrixView.value = panned(stage.box.peek(), stage.frame.peek(), pan);
    return undefined;
  }
  const zoom = zoomOf(event.key);
  if (zoom !== undefined && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    model.matrixView.value = zoom === 'fit' ? FIT : zoomBy(stage, zoom);
    return undefined;
  }
  const cell = model.currentCell();
  if (event.key === 'Enter') {
    event.preventDefault();
    model.choose({ kind: 'cell', ...cell });
    return undefined;
  }
  const next = movedCell(event, cell, explained);
  if (!next) return undefined;
  event.preventDefault();
  model.walkTo(next);
  model.matrixView.value = revealing(stage.frame.peek(), next);
  return next;
}

function movedCell(event: KeyboardEvent, { query, key }: CellPlace, explained: Explained): CellPlace | undefined {
  const last = explained.tokens.length - 1;
  const place = (toQuery: number, toKey: number): CellPlace => {
    const held = Math.max(0, Math.min(last, toQuery));
    return { query: held, key: Math.max(0, Math.min(explained.causal ? held : last, toKey)) };
  };
  const toEnds = event.ctrlKey || event.metaKey;
  switch (event.key) {
    case 'ArrowLeft':
      return place(query, key - 1);
    case 'ArrowRight':
      return place(query, key + 1);
    case 'ArrowUp':
      return place(query - 1, key);
    case 'ArrowDown':
      return place(query + 1, key);
    case 'PageUp':
      return place(query - PAGE, key);
    case 'PageDown':
      return place(query + PAGE, key);
    case 'Home':
      return toEnds ? place(0, 0) : place(query, 0);
    case 'End':
      return toEnds ? place(last, last) : place(query, last);
    default:
      return undefined;
  }
}

function panOf(event: KeyboardEvent): { readonly x: number; readonly y: number } | undefined {
  if (!event.shiftKey && !event.altKey) return undefined;
  switch (event.key) {
    case 'ArrowLeft':
      return { x: PAN_STEP, y: 0 };
    case 'ArrowRight':
      return { x: -PAN_STEP, y: 0 };
    case 'ArrowUp':
      return { x: 0, y: PAN_STEP };
    case 'ArrowDown':
      return { x: 0, y: -PAN_STEP };
    default:
      return undefined;
  }
}

function zoomOf(key: string): number | 'fit' | undefined {
  if (key === '+' || key === '=') return ZOOM_STEP;
  if (key === '-' || key === '_') return 1 / ZOOM_STEP;
  return key === '0' || key.toLowerCase() === 'f' ? 'fit' : undefined;
}
