import type { ReadonlySignal } from '@preact/signals';
import type { Theme } from '../../shared/theme.ts';
import type { PanelStore } from '../state/store.ts';
import type { Explained } from '../../shared/text/explained.ts';

/** What every part of the panel works on. */
export interface Panel {
  readonly store: PanelStore;
  readonly theme: ReadonlySignal<Theme>;
}

/** The same, for parts that show a finished run. */
export interface RunPanel extends Panel {
  readonly explained: Explained;
}

/** The same, for parts that tell of one token. */
export interface TokenPanel extends RunPanel {
  readonly token: number;
}
