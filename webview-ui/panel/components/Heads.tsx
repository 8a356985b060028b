import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { headCount } from '../../../src/attention/headKinds.ts';
import { headsTitle, kindNote } from '../../../src/attention/headWords.ts';
import { joinings } from '../../../src/protocol/run.ts';
import { LOADING } from '../../shared/loaded.ts';
import { Segments } from '../../shared/controls.tsx';
import { CombineChoice } from '../../shared/CombineChoice.tsx';
import { HeadGrid } from './HeadGrid.tsx';
import { HeadsForPair } from './HeadsForPair.tsx';
import { Info } from '../../shared/Info.tsx';
import { isShare, measureOf } from '../../shared/measure.ts';
import type { RunPanel } from './panel.ts';
import { headNames } from '../../shared/phrases.ts';
import { RoleLegend } from './RoleLegend.tsx';
import { Missing } from './States.tsx';

const KINDS = ['head', ...joinings, 'rollout'] as const;

/** The heads of the model: their pictures, how they are combined and arranged, and those of one cell. */
export function Heads(props: RunPanel): JSX.Element {
  const { store, explained } = props;
  const { heads } = store.focus.value;
  const { grid } = explained;
  const numbers = store.numbers.value;
  const roles = numbers?.roles() ?? LOADING;
  const unusual = store.headSort.value === 'unusual';
  const distances = (unusual ? numbers?.distances() : undefined) ?? LOADING;
  return (
    <section class="heads" aria-label={l10n.t('Heads')} data-testid="heads">
      <div class="section-title">
        <h2>{l10n.t('Heads')}</h2>
        <span class="grow" />
        <CombineChoice
          kinds={KINDS}
          heads={heads}
          lastHead={store.lastHead.value}
          grid={grid}
          onChoose={(chosen) => store.chooseHeads(chosen)}
        />
      </div>
      <div class="head-scroll">
        <HeadGrid
          {...props}
          roles={roles.kind === 'ready' ? roles.value : undefined}
          distances={distances.kind === 'ready' ? distances.value : undefined}
          onPainted={() => numbers && (numbers.picturesPainted.value = true)}
        />
        <p class="chosen" title={headNames(heads)} data-testid="chosen-heads">
          {heads.kind !== 'head' && (
            <>
              <b>{headsTitle(heads, grid)}</b>{' '}
              {headCount(heads, grid) < grid.layers * grid.heads && <span class="muted">{headNames(heads)} </span>}
            </>
          )}
          <span class="muted">{kindNote(heads, isShare(measureOf(store.focus.value)))}</span>
        </p>
        <div class="head-sort">
          <Segments
            label={l10n.t('Arrange heads')}
            value={store.headSort.value}
            choices={[
              { value: 'layer', text: l10n.t('By layer'), title: l10n.t('Heads in the order of the model') },
              { value: 'unusual', text: l10n.t('Most unusual here'), title: distanceNote() },
            ]}
            onChoose={(sort) => (store.headSort.value = sort)}
          />
          <Info topic="heads" about={l10n.t('Heads')} />
        </div>
        {unusual && <p class="head-note muted">{distanceNote()}</p>}
        {distances.kind === 'failed' && <Missing {...props} failure={distances.failure} />}
        <RoleLegend roles={roles} grid={grid} />
      </div>
      <HeadsForPair {...props} />
    </section>
  );
}

function distanceNote(): string {
  return l10n.t(
    'By the distance from the mean of all heads on this text, the farthest first: total variation, from 0 to 1.',
  );
}
