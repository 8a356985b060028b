import type { ReadonlySignal } from '@preact/signals';
import type { Theme } from '../../shared/theme.ts';
import type { CompareStore, SideIndex, Texts } from '../state/store.ts';

/** What every part of the view works on. */
export interface View {
  readonly store: CompareStore;
  readonly theme: ReadonlySignal<Theme>;
}

/** The same, for parts that show two finished runs. */
export interface TextsView extends View {
  readonly texts: Texts;
}

/** The same, for parts that show one of them. */
export interface SideView extends TextsView {
  readonly index: SideIndex;
}
