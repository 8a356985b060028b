import type { JSX } from 'preact';
import type { Point } from '../../../src/attention/powerLaw.ts';
import { axesOf, dotsPath, linePath, shareOf } from './logAxes.ts';

const BOX = { width: 320, height: 130 };

export type LineStyle = 'main' | 'other';

export interface ChartSeries {
  readonly style: LineStyle;
  readonly name: string;
  readonly points: readonly Point[];
  /** Measured points are dots, calculated ones a line. */
  readonly measured?: boolean;
}

interface LogChartProps {
  readonly testId: string;
  /** What the chart says, for those who don't see it. */
  readonly title: string;
  readonly series: readonly ChartSeries[];
  /** A place on the x axis to be marked, with its name. */
  readonly mark?: { readonly x: number; readonly name: string };
  readonly xTicks: readonly number[];
  readonly xText: (x: number) => string;
  /** The y axis begins and ends at powers of this. */
  readonly yBase: number;
  readonly yText: (y: number) => string;
}

/** Lines over logarithmic axes. */
export function LogChart({ testId, title, series, mark, xTicks, xText, yBase, yText }: LogChartProps): JSX.Element {
  const axes = axesOf(
    series.flatMap(({ points }) => points),
    yBase,
  );
  const place = mark && shareOf(mark.x, axes.x);
  return (
    <figure class="log-chart" data-testid={testId}>
      <figcaption>
        {series.map(({ style, name, measured }) => (
          <span key={style} class={measured ? `key ${style} dots` : `key ${style}`}>
            {name}
          </span>
        ))}
        {mark && <span class="key mark">{mark.name}</span>}
      </figcaption>
      <div class="y-axis" aria-hidden="true">
        <span>{yText(axes.y.high)}</span>
        <span>{yText(axes.y.low)}</span>
      </div>
      <svg viewBox={`0 0 ${BOX.width} ${BOX.height}`} preserveAspectRatio="none" role="img" aria-label={title}>
        <path class="frame" d={`M0 0V${BOX.height}H${BOX.width}`} />
        {place !== undefined && place >= 0 && place <= 1 && (
          <line class="mark" x1={place * BOX.width} x2={place * BOX.width} y1={0} y2={BOX.height} />
        )}
        {series.map(({ style, points, measured }) => {
          const draw = measured ? dotsPath : linePath;
          return (
            <path
              key={style}
              class={measured ? `${style} dots` : style}
              d={draw(points, axes, BOX.width, BOX.height)}
            />
          );
        })}
      </svg>
      <div class="x-axis" aria-hidden="true">
        {xTicks.map((x) => {
          const percent = `${shareOf(x, axes.x) * 100}%`;
          return (
            <span key={x} style={{ left: percent, transform: `translateX(-${percent})` }}>
              {xText(x)}
            </span>
          );
        })}
      </div>
    </figure>
  );
}
