import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import type { HeadSelection } from '../../../src/protocol/run.ts';
import { combined } from '../../shared/headSelection.ts';
import { Segments } from '../../shared/controls.tsx';
import type { RunPanel } from './panel.ts';

/** How heads become one matrix. A second click on a combination takes in every head. */
export function CombineChoice({ store, explained }: Pick<RunPanel, 'store' | 'explained'>): JSX.Element {
  const { heads } = store.focus.value;
  const rollout: HeadSelection = { kind: 'rollout', layer: explained.grid.layers - 1 };
  const choose = (kind: HeadSelection['kind'], before: HeadSelection): void => {
    if (kind === 'head') store.chooseHeads({ kind, ...store.lastHead.peek() });
    else store.chooseHeads(kind === 'rollout' ? rollout : combined(before, kind));
  };
  return (
    <Segments
      label={l10n.t('Combine heads')}
      value={heads.kind}
      choices={[
        { value: 'head', text: l10n.t('One'), title: l10n.t('One head alone') },
        { value: 'mean', text: l10n.t('Mean'), title: l10n.t('Mean of the chosen heads, or of all') },
        { value: 'max', text: l10n.t('Max'), title: l10n.t('Largest weight among the chosen heads, or all') },
        { value: 'rollout', text: l10n.t('Rollout'), title: l10n.t('All heads, multiplied through the layers') },
      ]}
      onChoose={(kind) => choose(kind, heads)}
      onRepeat={(kind) => kind !== 'head' && choose(kind, rollout)}
    />
  );
}
