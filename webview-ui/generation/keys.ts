import type { GenerationStore } from './state/store.ts';

/** Keys for the whole view: ← → step, Space plays, Home and End go to the ends, Escape gives up. */
export function onKey(event: KeyboardEvent, store: GenerationStore): void {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTaken(event)) return;
  const state = store.ready.peek()?.state;
  if (state === undefined) return;
  switch (event.key) {
    case 'ArrowRight':
      void store.step();
      break;
    case 'ArrowLeft':
      store.back();
      break;
    case ' ':
      store.player.toggle();
      break;
    case 'Home':
      void store.goTo(0);
      break;
    case 'End':
      void store.goTo(state.tokens.length);
      break;
    case 'Escape':
      store.cancel();
      return;
    default:
      return;
  }
  event.preventDefault();
}

/** Whether the focused element means something else by the key. */
function isTaken({ target, key }: KeyboardEvent): boolean {
  if (!(target instanceof Element) || key === 'Escape') return false;
  if (target.closest('input, select, textarea, [role=radio]')) return true;
  return key === ' ' && target.closest('button, summary, a') !== null;
}
