import { effect, useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { blockWithin } from '../../../src/protocol/cells.ts';
import type { HeadId } from '../../../src/protocol/model.ts';
import type { Failure } from '../../../src/protocol/failure.ts';
import type { Pooling } from '../../../src/protocol/run.ts';
import type { Explained } from '../../shared/text/explained.ts';
import { watchSize } from '../../shared/boxSize.ts';
import { LOADING } from '../../shared/loaded.ts';
import { NextFrame } from '../../shared/frames.ts';
import { paintHeads, type PictureGrid } from '../paint/headPaint.ts';
import { openSurface } from '../../shared/surface.ts';
import type { RunPanel } from './panel.ts';
import { Missing } from './States.tsx';

/** Most numbers asked for in one overview. */
const MOST_CELLS = 2 ** 20;
/** Cells on a side of one picture. */
const FEWEST_SIDE = 16;
const MOST_SIDE = 128;
/** Tokens on each side of a cell from which on pictures show means. */
const MEANS_FROM = 32;
const BORDER = 2;

interface HeadPicturesProps extends RunPanel {
  /** The heads as they are arranged. */
  readonly order: readonly HeadId[];
  readonly onPainted: () => void;
}

/** One canvas under the cells of the grid. */
export function HeadPictures({ store, theme, explained, order, onPainted }: HeadPicturesProps): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  const failure = useSignal<Failure | undefined>(undefined);
  useEffect(() => {
    const element = canvas.current!;
    const parent = element.parentElement!;
    const watched = watchSize(parent);
    const next = new NextFrame();
    const stop = effect(() => {
      const { width, height, pixelRatio } = watched.size.value;
      const [scale, sinkApart, { ramp }] = [store.scale.value, store.sinkApart.value, theme.value];
      const place = placeOf(parent);
      const block = blockFor(explained, place.first.width * pixelRatio);
      const { quantity } = store.focus.value;
      const loaded = store.numbers.value?.overview(quantity, block, poolingOf(block)) ?? LOADING;
      element.dataset['state'] = loaded.kind;
      failure.value = loaded.kind === 'failed' ? loaded.failure : undefined;
      if (loaded.kind === 'loading') return;
      next.run(() => {
        const surface = openSurface(element, width, height);
        if (!surface || loaded.kind === 'failed') return;
        const whole = block === 1;
        paintHeads(surface, explained.grid, order, placeOf(parent), loaded.value, {
          ramp,
          scale,
          measure: quantity === 'weight' ? 'weight' : 'norm',
          sinkApart,
          causal: explained.causal,
          whole,
        });
        onPainted();
      });
    });
    return () => {
      stop();
      next.cancel();
      watched.dispose();
    };
  }, [explained, order]);
  return (
    <>
      <canvas ref={canvas} class="head-pictures" aria-hidden="true" />
      {failure.value && <Missing store={store} theme={theme} failure={failure.value} />}
    </>
  );
}

/** Reads from the page where the cells of the grid lie. */
function placeOf(parent: HTMLElement): PictureGrid {
  const cells = parent.querySelectorAll<HTMLElement>('.head');
  const [first, last] = [cells[0]!, cells[cells.length - 1]!];
  const rows = parent.querySelectorAll('.head-row:not(.names)').length;
  const columns = cells.length / rows;
  const corner = offsetIn(parent, first);
  const end = offsetIn(parent, last);
  return {
    first: {
      x: corner.x + BORDER,
      y: corner.y + BORDER,
      width: first.offsetWidth - 2 * BORDER,
      height: first.offsetHeight - 2 * BORDER,
    },
    stepX: columns > 1 ? (end.x - corner.x) / (columns - 1) : 0,
    stepY: rows > 1 ? (end.y - corner.y) / (rows - 1) : 0,
  };
}

function offsetIn(parent: HTMLElement, element: HTMLElement): { readonly x: number; readonly y: number } {
  const [outer, inner] = [parent.getBoundingClientRect(), element.getBoundingClientRect()];
  return { x: inner.left - outer.left, y: inner.top - outer.top };
}

/** By maximum single strong weights stay visible; of large blocks each has one, and only means tell them apart. */
function poolingOf(block: number): Pooling {
  return block < MEANS_FROM ? 'max' : 'mean';
}

/** Tokens that share a cell, so that a picture has at most a cell for each of its pixels. */
function blockFor({ grid, tokens }: Explained, pixels: number): number {
  const most = Math.sqrt(MOST_CELLS / (grid.layers * grid.heads));
  return blockWithin(tokens.length, Math.max(FEWEST_SIDE, Math.min(pixels, most, MOST_SIDE)));
}
