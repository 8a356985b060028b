import { selectionKey } from '../../../src/attention/headKinds.ts';
import type { Focus } from '../../../src/protocol/panelWire.ts';

/**
 * Keeps the view's focus ahead of the host's answers. Every change is sent at once and answered by a snapshot;
 * while answers to older changes arrive, the newest change stays. A focus that the view did not ask for wins.
 */
export class FocusSync {
  private unanswered: readonly string[] = [];

  sent(focus: Focus): void {
    this.unanswered = [...this.unanswered, focusKey(focus)];
  }

  /** Whether a focus from the host is to be taken over. */
  accepts(focus: Focus): boolean {
    const place = this.unanswered.lastIndexOf(focusKey(focus));
    this.unanswered = place === -1 ? [] : this.unanswered.slice(place + 1);
    return this.unanswered.length === 0;
  }

  reset(): void {
    this.unanswered = [];
  }
}

export function sameFocus(a: Focus, b: Focus): boolean {
  return focusKey(a) === focusKey(b);
}

function focusKey({ heads, quantity, direction, token, partner }: Focus): string {
  return [selectionKey(heads), quantity, direction, token ?? '', partner ?? ''].join(' ');
}
