import * as l10n from '@vscode/l10n';
import { effect, useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { headsTitle } from '../../../src/attention/headWords.ts';
import { watchSize } from '../../shared/boxSize.ts';
import { fromRow, visibleColumns, visibleRows } from '../../shared/matrix/frame.ts';
import { MatrixStage } from '../../shared/matrix/matrixStage.ts';
import { cellInWords } from './cellWords.ts';
import { matrixKeys } from '../../shared/matrix/matrixKeys.ts';
import type { MatrixModel } from '../../shared/matrix/matrixModel.ts';
import { matrixPointer } from '../../shared/matrix/matrixPointer.ts';
import type { RunPanel } from './panel.ts';
import { tokensText } from '../../shared/phrases.ts';
import { RowTwin } from './RowTwin.tsx';
import { Minimap } from './Minimap.tsx';
import { Missing } from './States.tsx';
import type { MatrixControls } from '../../shared/matrix/matrixControls.ts';

/** The matrix: rows look, columns are looked at. */
export function MatrixView(
  props: RunPanel & { readonly model: MatrixModel; readonly controls: MatrixControls; readonly onGoTo: () => void },
): JSX.Element {
  const { store, theme, explained, model, controls, onGoTo } = props;
  const base = useRef<HTMLCanvasElement>(null);
  const overlay = useRef<HTMLCanvasElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const stage = useSignal<MatrixStage | undefined>(undefined);
  useEffect(() => {
    const element = box.current!;
    const watched = watchSize(element);
    const made = new MatrixStage(model, theme, watched.size, explained, base.current!, overlay.current!);
    const release = matrixPointer(element, made, model, explained.causal);
    // A canvas has no elements: this says where its cells are to whoever drives the page.
    const tellPlot = effect(() => {
      const { x, y, cell } = made.wholePlot.value;
      element.dataset['plot'] = `${x} ${y} ${cell}`;
    });
    const tellShown = effect(() => {
      const frame = made.frame.value;
      store.shownCells.value = { rows: visibleRows(frame), columns: visibleColumns(frame) };
    });
    // On the element itself: while the matrix moves this changes often, and nothing else of the view with it.
    const tellState = effect(() => {
      element.dataset['state'] = made.state.value;
      element.ariaBusy = String(made.state.value === 'loading');
    });
    const tellScale = effect(() => {
      store.scaleEnd.value = made.scaleEnd.value;
    });
    const { precedingTokens } = explained;
    if (precedingTokens > 0) store.beginWithSelection(() => fromRow(made.box.peek(), precedingTokens));
    controls.attach(made);
    stage.value = made;
    return () => {
      stage.value = undefined;
      controls.detach();
      tellPlot();
      tellShown();
      tellState();
      tellScale();
      store.shownCells.value = undefined;
      store.scaleEnd.value = undefined;
      release();
      made.dispose();
      watched.dispose();
    };
  }, [explained]);
  const failure = stage.value?.failure.value;
  const { heads } = store.focus.value;
  const title = headsTitle(heads, explained.grid);
  const onKeyDown = (event: KeyboardEvent): void => {
    if (!stage.value) return;
    if (event.key.toLowerCase() === 'g' && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      onGoTo();
      return;
    }
    const moved = matrixKeys(event, stage.value, model, explained);
    if (moved) store.announce(cellInWords(store, explained, moved));
  };
  return (
    <div
      ref={box}
      class="matrix"
      tabIndex={0}
      role="application"
      aria-label={l10n.t('Attention matrix of {0}, {1}', tokensText(explained.tokens.length), title)}
      aria-roledescription={l10n.t('matrix')}
      aria-describedby="matrix-keys"
      data-testid="matrix"
      onKeyDown={onKeyDown}
      onBlur={() => store.setHover(undefined)}
    >
      <canvas ref={base} class="base" aria-hidden="true" />
      <canvas ref={overlay} class="overlay" aria-hidden="true" />
      {stage.value && <Minimap store={store} theme={theme} stage={stage.value} />}
      {failure && <Missing store={store} theme={theme} failure={failure} />}
      <span id="matrix-keys" class="screen-reader">
        {l10n.t(
          'Arrow keys move the cell, Home and End go to the ends of its row, Enter pins, Escape releases, plus and minus zoom, 0 fits, G goes to a token.',
        )}
      </span>
      <RowTwin {...props} />
    </div>
  );
}
