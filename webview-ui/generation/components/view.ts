import type { ReadonlySignal } from '@preact/signals';
import type { Theme } from '../../shared/theme.ts';
import type { Ready } from '../state/ready.ts';
import type { GenerationStore } from '../state/store.ts';

/** What every part of the view works on. */
export interface View {
  readonly store: GenerationStore;
  readonly theme: ReadonlySignal<Theme>;
}

/** The same, for parts that show a generation. */
export interface ReadyView extends View {
  readonly ready: Ready;
}
