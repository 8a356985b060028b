import * as l10n from '@vscode/l10n';
import type { ComponentChildren, JSX } from 'preact';
import type { SideView } from './view.ts';

interface SideNameProps extends Pick<SideView, 'texts' | 'index'> {
  readonly children?: ComponentChildren;
}

/** Which of the two texts something belongs to. */
export function SideName({ texts, index, children }: SideNameProps): JSX.Element {
  return (
    <div class="section-title">
      <span class="badge">{index === 0 ? l10n.t('1') : l10n.t('2')}</span>
      <h2>{texts.contexts[index].source.label}</h2>
      {children}
    </div>
  );
}
