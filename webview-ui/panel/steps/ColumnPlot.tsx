import { useSignal, type ReadonlySignal } from '@preact/signals';
import * as l10n from '@vscode/l10n';
import type { ComponentChildren, JSX } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { watchSize, type BoxSize } from '../../shared/boxSize.ts';
import { openSurface, type Surface } from '../../shared/surface.ts';
import type { Theme } from '../../shared/theme.ts';
import { axisOf, columnAt, walked, type Axis } from './axis.ts';

/** A drawing over the columns of a plot. The same object as long as it shows the same. */
export interface Lane {
  readonly title?: ComponentChildren;
  readonly height: number;
  readonly paint: (surface: Surface, axis: Axis, theme: Theme) => void;
}

interface ColumnPlotProps {
  readonly theme: ReadonlySignal<Theme>;
  /** What is seen, for those who don't see it. */
  readonly label: string;
  readonly count: number;
  readonly lanes: readonly Lane[];
  /** The marked column. */
  readonly at: number | undefined;
  /** Where keys start from while no column is marked. */
  readonly start: number;
  readonly onPoint: (column: number | undefined) => void;
  /** A column that was reached by a key. */
  readonly onWalk: (column: number) => void;
  readonly onPick?: (column: number) => void;
  readonly testId: string;
}

/** Drawings one above the other over the same columns; pointer and arrow keys move over the columns. */
export function ColumnPlot(props: ColumnPlotProps): JSX.Element {
  const { theme, label, count, lanes, at, start, onPoint, onWalk, onPick, testId } = props;
  const box = useRef<HTMLDivElement>(null);
  const size = useSignal<BoxSize | undefined>(undefined);
  useLayoutEffect(() => {
    const watched = watchSize(box.current!);
    const stop = watched.size.subscribe((next) => (size.value = next));
    return () => {
      stop();
      watched.dispose();
    };
  }, []);
  const axis = axisOf(count, size.value?.width ?? 0);
  const onKeyDown = (event: KeyboardEvent): void => {
    const next = walked(event.key, at ?? start, count);
    if (next !== undefined) {
      event.preventDefault();
      onPoint(next);
      onWalk(next);
    } else if (event.key === 'Enter' && onPick && at !== undefined) {
      event.preventDefault();
      onPick(at);
    }
  };
  const pointed = ({ clientX }: MouseEvent): number | undefined =>
    columnAt(axis, clientX - box.current!.getBoundingClientRect().left);
  const pick = (event: MouseEvent): void => {
    const column = pointed(event);
    if (column !== undefined) onPick?.(column);
  };
  return (
    <div
      ref={box}
      class={onPick ? 'column-plot picks' : 'column-plot'}
      tabIndex={0}
      role="application"
      aria-roledescription={l10n.t('plot')}
      aria-label={label}
      data-testid={testId}
      onMouseMove={(event) => onPoint(pointed(event))}
      onMouseLeave={() => onPoint(undefined)}
      onBlur={() => onPoint(undefined)}
      onClick={pick}
      onKeyDown={onKeyDown}
    >
      {lanes.map((lane, place) => (
        <LaneView key={place} lane={lane} axis={axis} size={size.value} theme={theme.value} at={at} />
      ))}
    </div>
  );
}

interface LaneViewProps {
  readonly lane: Lane;
  readonly axis: Axis;
  readonly size: BoxSize | undefined;
  readonly theme: Theme;
  readonly at: number | undefined;
}

function LaneView({ lane, axis, size, theme, at }: LaneViewProps): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    const surface = size && openSurface(canvas.current!, size.width, lane.height);
    if (surface) lane.paint(surface, axis, theme);
  }, [lane, size, theme, axis.count]);
  return (
    <>
      {lane.title !== undefined && <p class="lane-title">{lane.title}</p>}
      <div class="lane" style={{ height: `${lane.height}px` }}>
        {at !== undefined && (
          <span class="column-mark" style={{ left: `${at * axis.cell}px`, width: `${Math.max(2, axis.cell)}px` }} />
        )}
        <canvas ref={canvas} aria-hidden="true" />
      </div>
    </>
  );
}
