import type { ComponentChildren, JSX } from 'preact';
import { chartPath, chartX } from '../layout/lanes.ts';

const BOX = { width: 300, height: 48 };

export interface ChartLine {
  readonly className: 'cached' | 'recomputed';
  /** One for each step; unknown ones leave gaps. */
  readonly values: readonly (number | undefined)[];
}

interface StepChartProps {
  readonly testId: string;
  /** What the chart says, for those who don't see it. */
  readonly title: string;
  readonly caption: ComponentChildren;
  readonly lines: readonly ChartLine[];
  /** The greatest value of all lines: the top of the chart. */
  readonly largest: number;
  /** The present step, marked. */
  readonly taken: number;
}

/** Quantities over the steps of the present line. The prompt's pass stands first. */
export function StepChart({ testId, title, caption, lines, largest, taken }: StepChartProps): JSX.Element {
  const x = chartX(taken, lines[0]?.values.length ?? 0, BOX.width);
  return (
    <figure class="chart" data-testid={testId}>
      <figcaption>{caption}</figcaption>
      <svg
        viewBox={`-3 -3 ${BOX.width + 6} ${BOX.height + 6}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={title}
      >
        <line class="axis" x1={0} x2={BOX.width} y1={BOX.height} y2={BOX.height} />
        <line class="now" x1={x} x2={x} y1={0} y2={BOX.height} />
        {lines.map(({ className, values }) => (
          <path key={className} class={className} d={chartPath(values, largest, BOX)} />
        ))}
      </svg>
    </figure>
  );
}
