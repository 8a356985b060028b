import type { ComponentChildren, JSX } from 'preact';
import { Icon } from '../../shared/controls.tsx';
import type { SectionId } from '../state/viewState.ts';
import type { View } from './view.ts';

interface SectionProps extends Pick<View, 'store'> {
  readonly id: SectionId;
  readonly title: string;
  /** The section in a few words or a number, seen when it is folded too. */
  readonly summary?: ComponentChildren;
  readonly children: () => ComponentChildren;
}

/** A part of the view that can be folded. What is folded asks for no numbers. */
export function Section({ store, id, title, summary, children }: SectionProps): JSX.Element {
  const isOpen = !store.folded.value.has(id);
  return (
    <section class="section" aria-label={title} data-testid={`section-${id}`}>
      <h2>
        <button type="button" aria-expanded={isOpen} onClick={() => store.fold(id)}>
          <Icon name={isOpen ? 'chevron-down' : 'chevron-right'} />
          {title}
          <span class="grow" />
          <span class="summary">{summary}</span>
        </button>
      </h2>
      {isOpen && <div class="section-body">{children()}</div>}
    </section>
  );
}
