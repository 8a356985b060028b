import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { headsTitle } from '../../../src/attention/headWords.ts';
import { IconButton, Segments } from '../../shared/controls.tsx';
import { HeadPicker } from '../../shared/HeadPicker.tsx';
import { stepHead } from '../../shared/headSelection.ts';
import { Legend } from '../../shared/matrix/Legend.tsx';
import { headNames } from '../../shared/phrases.ts';
import { MatrixView } from './MatrixView.tsx';
import { Readout } from './Readout.tsx';
import { SideName } from './SideName.tsx';
import type { TextsView } from './view.ts';

/** Both matrices beside each other, in the same heads and on one colour scale. */
export function Stage(view: TextsView): JSX.Element {
  const { store, theme, texts } = view;
  const { grid } = texts.sides[0].explained;
  const heads = store.heads.value;
  const peak = store.peak.value;
  const step = (by: number): void => store.chooseHeads({ kind: 'head', ...stepHead(store.lastHead.peek(), by, grid) });
  return (
    <section class="stage" aria-label={l10n.t('Attention')}>
      <div class="stage-bar">
        <div class="head-title">
          <IconButton label={l10n.t('Previous Head')} icon="chevron-left" onClick={() => step(-1)} />
          <h2 title={headNames(heads)} data-testid="heads-title">
            {headsTitle(heads, grid)}
          </h2>
          <IconButton label={l10n.t('Next Head')} icon="chevron-right" onClick={() => step(1)} />
        </div>
        <span class="grow" />
        <button
          type="button"
          class="toggle"
          aria-pressed={store.sinkApart.value}
          title={l10n.t('Exclude the first token from the colour scale: it is hatched, its numbers stay')}
          data-testid="sink-apart"
          onClick={() => (store.sinkApart.value = !store.sinkApart.value)}
        >
          {l10n.t('Exclude first token')}
        </button>
        <Segments
          label={l10n.t('Colour scale')}
          value={store.scale.value}
          choices={[
            {
              value: 'linear',
              text: l10n.t('Linear'),
              title: l10n.t('Linear colours from zero, on one scale for both'),
            },
            { value: 'log', text: l10n.t('Log'), title: l10n.t('Logarithmic colours over four powers of ten') },
          ]}
          onChoose={(scale) => (store.scale.value = scale)}
        />
      </div>
      <div class="stage-body">
        <div class="stage-heads">
          <HeadPicker store={store} grid={grid} />
          <Legend theme={theme} scale={store.scale.value} peak={peak.kind === 'ready' ? peak.value : undefined} />
        </div>
        <div class="beside matrices">
          {([0, 1] as const).map((index) => (
            <div key={index} class="matrix-side">
              <SideName texts={texts} index={index} />
              <MatrixView {...view} index={index} />
              <Readout {...view} index={index} />
            </div>
          ))}
        </div>
      </div>
    </section>
  );
}
