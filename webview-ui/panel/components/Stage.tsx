import * as l10n from '@vscode/l10n';
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { hasNorms } from '../../../src/attention/headKinds.ts';
import { headsTitle } from '../../../src/attention/headWords.ts';
import { stepHead } from '../../shared/headSelection.ts';
import { IconButton, Segments } from '../../shared/controls.tsx';
import { Info } from '../../shared/Info.tsx';
import { MatrixControls, ZOOM_STEP } from '../../shared/matrix/matrixControls.ts';
import { MatrixView } from './MatrixView.tsx';
import { PanelMatrix } from '../state/panelMatrix.ts';
import type { RunPanel } from './panel.ts';
import { GoTo } from './GoTo.tsx';
import { headNames, normDefinition } from '../../shared/phrases.ts';
import { Readout } from './Readout.tsx';
import { StrongestLinks } from './StrongestLinks.tsx';

/** The matrix with what sets its look, and the numbers of the cell under the pointer. */
export function Stage(props: RunPanel): JSX.Element {
  const { store, explained } = props;
  const model = useMemo(() => new PanelMatrix(store, explained), [store, explained]);
  const controls = useMemo(() => new MatrixControls(model), [model]);
  const asks = useSignal(false);
  const { heads, quantity } = store.focus.value;
  const rollout = heads.kind === 'rollout';
  const step = (by: number): void =>
    store.chooseHeads(
      rollout
        ? { kind: 'rollout', layer: (heads.layer + by + explained.grid.layers) % explained.grid.layers }
        : { kind: 'head', ...stepHead(store.lastHead.peek(), by, explained.grid) },
    );
  const closeGoTo = (): void => {
    asks.value = false;
    document.querySelector<HTMLElement>('.matrix')?.focus();
  };
  return (
    <section class="stage" aria-label={l10n.t('Matrix')}>
      <div class="stage-bar">
        <div class="head-title">
          <IconButton
            label={rollout ? l10n.t('Previous Layer') : l10n.t('Previous Head')}
            icon="chevron-left"
            onClick={() => step(-1)}
          />
          <h2 title={headNames(heads)} data-testid="heads-title">
            {headsTitle(heads, explained.grid)}
          </h2>
          <IconButton
            label={rollout ? l10n.t('Next Layer') : l10n.t('Next Head')}
            icon="chevron-right"
            onClick={() => step(1)}
          />
          <Info topic="matrix" about={l10n.t('Matrix')} />
        </div>
        <Segments
          label={l10n.t('Show')}
          value={quantity}
          choices={[
            { value: 'weight', text: l10n.t('Weight'), title: l10n.t('How attention is divided over the tokens') },
            {
              value: 'valueNorm',
              text: l10n.t('Norm'),
              title: rollout ? l10n.t('There is no rollout of value-weighted norms') : normDefinition(),
              disabled: !hasNorms(heads),
            },
          ]}
          onChoose={(chosen) => store.chooseQuantity(chosen)}
        />
        <span class="grow" />
        <div class="zoom" role="group" aria-label={l10n.t('Zoom')}>
          <IconButton
            label={l10n.t('Zoom Out (−)')}
            icon="zoom-out"
            testId="zoom-out"
            disabled={!controls.isZoomed.value}
            onClick={() => controls.zoom(1 / ZOOM_STEP)}
          />
          <IconButton
            label={l10n.t('Zoom In (+)')}
            icon="zoom-in"
            testId="zoom-in"
            disabled={!controls.canZoomIn.value}
            onClick={() => controls.zoom(ZOOM_STEP)}
          />
          <IconButton
            label={l10n.t('Show the Whole Matrix (0)')}
            icon="screen-full"
            testId="zoom-fit"
            disabled={!controls.isZoomed.value}
            onClick={() => controls.fit()}
          />
          <IconButton
            label={l10n.t('Go to Token (G)')}
            icon="target"
            testId="open-go-to"
            pressed={asks.value}
            onClick={() => (asks.value = !asks.value)}
          />
        </div>
        {asks.value && (
          <GoTo
            {...props}
            onFound={(token) => {
              store.pin(token);
              controls.centre({ query: token, key: token });
            }}
            onClose={closeGoTo}
          />
        )}
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
        <Info topic="sink" about={l10n.t('Exclude first token')} />
        {controls.block.value > 1 && (
          <Segments
            label={l10n.t('A pixel shows')}
            value={store.pooling.value}
            choices={[
              { value: 'max', text: l10n.t('Max'), title: l10n.t('The largest weight of a pixel’s block of cells') },
              { value: 'mean', text: l10n.t('Mean'), title: l10n.t('The mean weight of a pixel’s block of cells') },
            ]}
            onChoose={(pooling) => (store.pooling.value = pooling)}
          />
        )}
        <Segments
          label={l10n.t('Colour scale')}
          value={store.scale.value}
          choices={[
            { value: 'linear', text: l10n.t('Linear'), title: l10n.t('Linear colours, from zero') },
            { value: 'log', text: l10n.t('Log'), title: l10n.t('Logarithmic colours over four powers of ten') },
          ]}
          onChoose={(scale) => (store.scale.value = scale)}
        />
      </div>
      {asks.value && (
        <StrongestLinks
          {...props}
          onClose={closeGoTo}
          onChosen={({ query, key }) => {
            if (store.focus.peek().direction === 'looksAt') store.pin(query, key);
            else store.pin(key, query);
            controls.centre({ query, key });
          }}
        />
      )}
      <MatrixView {...props} model={model} controls={controls} onGoTo={() => (asks.value = true)} />
      <Readout {...props} block={controls.block.value} />
    </section>
  );
}
