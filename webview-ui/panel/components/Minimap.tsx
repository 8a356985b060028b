import { effect } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { MatrixStage } from '../../shared/matrix/matrixStage.ts';
import { seenPart, viewAround } from '../../shared/matrix/minimap.ts';
import { slicePixels } from '../../shared/matrix/slicePixels.ts';
import type { Ramp } from '../../shared/ramp.ts';
import type { Panel } from './panel.ts';

/** Side of the picture. */
const SIDE = 96;
/** From the edges of the plot. */
const MARGIN = 8;
/** Width and height of a plot that it leaves enough of. */
const ROOM = 2 * SIDE;

interface MinimapProps extends Panel {
  readonly stage: MatrixStage;
}

/** The whole matrix in a corner, with the part that is seen; a press moves there. The arrow keys pan without it. */
export function Minimap({ store, theme, stage }: MinimapProps): JSX.Element | null {
  const { view, plot } = stage.frame.value;
  return view.zoom > 1 && Math.min(plot.width, plot.height) >= ROOM ? (
    <Picture store={store} theme={theme} stage={stage} />
  ) : null;
}

function Picture({ store, theme, stage }: MinimapProps): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => effect(() => paint(canvas.current!, store, theme.value.ramp)), [store]);
  const moveTo = (event: PointerEvent): void => {
    const { left, top } = canvas.current!.getBoundingClientRect();
    store.matrixView.value = viewAround(stage.frame.peek(), SIDE, event.clientX - left, event.clientY - top);
  };
  const { plot } = stage.frame.value;
  const { x, y, width, height } = seenPart(stage.frame.value, SIDE);
  return (
    <div
      class="minimap"
      style={{ width: SIDE, height: SIDE, left: plot.x + plot.width - SIDE - MARGIN, top: plot.y + MARGIN }}
      aria-hidden="true"
      data-testid="minimap"
      onPointerDown={(event) => {
        event.stopPropagation();
        event.currentTarget.setPointerCapture(event.pointerId);
        moveTo(event);
      }}
      onPointerMove={(event) => {
        event.stopPropagation();
        if (event.buttons === 1) moveTo(event);
      }}
      onClick={(event) => event.stopPropagation()}
      onDblClick={(event) => event.stopPropagation()}
    >
      <canvas ref={canvas} />
      <i style={{ left: x, top: y, width: Math.max(3, width), height: Math.max(3, height) }} />
    </div>
  );
}

/** The largest weight of each pixel's block, on the colours of the matrix; empty until the numbers are there. */
function paint(canvas: HTMLCanvasElement, store: Panel['store'], ramp: Ramp): void {
  const whole = { start: 0, end: store.explained.value?.tokens.length ?? 0 };
  const weights = store.weights.value;
  const scale = store.scale.value;
  const end = weights?.scaleEnd(scale, store.sinkApart.value);
  const pooled = whole.end > 0 ? weights?.pooled(whole, whole, 2 * SIDE) : undefined;
  if (pooled?.kind !== 'ready' || end?.kind !== 'ready') return;
  const { slice } = pooled.value;
  const isCausal = store.explained.value?.causal === true;
  const widthOf = (row: number): number => (isCausal ? row + 1 : slice.columns);
  [canvas.width, canvas.height] = [slice.columns, slice.rows];
  const pixels = slicePixels(slice, widthOf, { ramp, scale, peak: end.value });
  canvas.getContext('2d')!.putImageData(pixels, 0, 0);
}
