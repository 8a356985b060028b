import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { MEAN_OF_ALL } from '../../src/attention/headKinds.ts';
import { kindChoice } from '../../src/attention/headWords.ts';
import type { HeadGrid, HeadId } from '../../src/protocol/model.ts';
import type { HeadKind, HeadSelection } from '../../src/protocol/run.ts';
import { Segments } from './controls.tsx';
import { ofKind } from './headSelection.ts';

interface CombineChoiceProps<K extends HeadKind> {
  readonly kinds: readonly K[];
  readonly heads: HeadSelection & { readonly kind: K };
  readonly lastHead: HeadId;
  readonly grid: HeadGrid;
  readonly onChoose: (heads: HeadSelection<K>) => void;
}

/** How heads become one matrix. A second click on a combination takes in every head. */
export function CombineChoice<K extends HeadKind>({
  kinds,
  heads,
  lastHead,
  grid,
  onChoose,
}: CombineChoiceProps<K>): JSX.Element {
  return (
    <Segments
      label={l10n.t('Combine heads')}
      value={heads.kind}
      choices={kinds.map(kindChoice)}
      onChoose={(kind) => onChoose(ofKind(kind, heads, lastHead, grid))}
      onRepeat={(kind) => kind !== 'head' && onChoose(ofKind(kind, MEAN_OF_ALL, lastHead, grid))}
    />
  );
}
