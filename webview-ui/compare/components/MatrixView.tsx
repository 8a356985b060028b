import { effect, useSignal } from '@preact/signals';
import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { headsTitle } from '../../../src/attention/headWords.ts';
import { watchSize } from '../../shared/boxSize.ts';
import { matrixKeys } from '../../shared/matrix/matrixKeys.ts';
import { matrixPointer } from '../../shared/matrix/matrixPointer.ts';
import { MatrixStage } from '../../shared/matrix/matrixStage.ts';
import { tokensText } from '../../shared/phrases.ts';
import { Unavailable } from '../../shared/runStates.tsx';
import { SideMatrix } from '../state/sideMatrix.ts';
import { cellInWords } from './cellWords.ts';
import { RowTwin } from './RowTwin.tsx';
import type { SideView } from './view.ts';

/** The matrix of one text: rows look, columns are looked at. */
export function MatrixView(view: SideView): JSX.Element {
  const { store, theme, texts, index } = view;
  const side = texts.sides[index];
  const { explained } = side;
  const model = useMemo(() => new SideMatrix(store, index, side), [side]);
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
    stage.value = made;
    return () => {
      stage.value = undefined;
      tellPlot();
      release();
      made.dispose();
      watched.dispose();
    };
  }, [model]);
  const state = stage.value?.state.value ?? 'loading';
  const failure = stage.value?.failure.value;
  const title = headsTitle(store.heads.value, explained.grid);
  const onKeyDown = (event: KeyboardEvent): void => {
    if (!stage.value) return;
    const moved = matrixKeys(event, stage.value, model, explained);
    if (moved) store.announcement.value = cellInWords(side, moved);
  };
  return (
    <div
      ref={box}
      class="matrix"
      tabIndex={0}
      role="application"
      aria-label={l10n.t(
        'Attention matrix of text {0}, {1}, {2}',
        index + 1,
        tokensText(explained.tokens.length),
        title,
      )}
      aria-roledescription={l10n.t('matrix')}
      aria-describedby={`matrix-keys-${index}`}
      aria-busy={state === 'loading'}
      data-testid={`matrix-${index}`}
      data-state={state}
      onKeyDown={onKeyDown}
      onBlur={() => store.point(index, undefined)}
    >
      <canvas ref={base} class="base" aria-hidden="true" />
      <canvas ref={overlay} class="overlay" aria-hidden="true" />
      {failure && (
        <Unavailable failure={failure} onRetry={() => store.retry()} onShowLog={() => store.host.act('showLog')} />
      )}
      <span id={`matrix-keys-${index}`} class="screen-reader">
        {l10n.t(
          'Arrow keys move the cell, Home and End go to the ends of its row, Enter compares the token of the row, plus and minus zoom, 0 fits.',
        )}
      </span>
      <RowTwin {...view} />
    </div>
  );
}
