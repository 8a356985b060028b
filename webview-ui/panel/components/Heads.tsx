import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { LOADING } from '../../shared/loaded.ts';
import { headCount } from '../../shared/headSelection.ts';
import { Segments } from '../../shared/controls.tsx';
import { CombineChoice } from './CombineChoice.tsx';
import { HeadGrid } from './HeadGrid.tsx';
import { HeadsForPair } from './HeadsForPair.tsx';
import { Info } from '../../shared/Info.tsx';
import { measureOf } from '../../shared/measure.ts';
import { combinationNote } from './notes.ts';
import type { RunPanel } from './panel.ts';
import { headNames, headsTitle } from '../../shared/phrases.ts';
import { RoleLegend } from './RoleLegend.tsx';
import { Missing } from './States.tsx';

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
        <CombineChoice store={store} explained={explained} />
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
          <span class="muted">{combinationNote(heads, measureOf(store.focus.value))}</span>
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
