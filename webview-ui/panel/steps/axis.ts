/** Wider columns would look like blocks, not like a plot. */
const WIDEST = 32;

/** Equal columns side by side, from the left: one for each dimension or token. */
export interface Axis {
  readonly count: number;
  /** Width of a column in CSS pixels; below a pixel where there are very many. */
  readonly cell: number;
}

export function axisOf(count: number, width: number): Axis {
  return { count, cell: Math.min(WIDEST, width / count) };
}

export function columnAt({ count, cell }: Axis, x: number): number | undefined {
  const column = Math.floor(x / cell);
  return column >= 0 && column < count ? column : undefined;
}

/** Left and right edge of a column's bar on whole device pixels, with a gap where there is room. */
export function barEdges(
  { cell }: Axis,
  column: number,
  pixelRatio: number,
): { readonly left: number; readonly right: number } {
  const left = Math.round(column * cell * pixelRatio) / pixelRatio;
  const next = Math.round((column + 1) * cell * pixelRatio) / pixelRatio;
  const gap = cell >= 3 ? 1 : 0;
  return { left, right: Math.max(next - gap, left + 1 / pixelRatio) };
}

const PAGE = 10;

/** The column that a key leads to; `undefined` for other keys. */
export function walked(key: string, from: number, count: number): number | undefined {
  const next = {
    ArrowLeft: from - 1,
    ArrowRight: from + 1,
    PageUp: from - PAGE,
    PageDown: from + PAGE,
    Home: 0,
    End: count - 1,
  }[key];
  return next === undefined ? undefined : Math.max(0, Math.min(count - 1, next));
}

/** Range of values that a lane shows; zero is always in it. */
export interface Domain {
  readonly low: number;
  readonly high: number;
}

/** From the smallest to the largest of the finite values and zero. */
export function domainOf(...series: readonly Iterable<number>[]): Domain {
  let [low, high] = [0, 0];
  for (const values of series) {
    for (const value of values) {
      if (value < low && value > -Infinity) low = value;
      if (value > high && value < Infinity) high = value;
    }
  }
  return { low, high };
}

/** As far below zero as above. */
export function evenDomain(...series: readonly Iterable<number>[]): Domain {
  const { low, high } = domainOf(...series);
  const reach = Math.max(-low, high);
  return { low: -reach, high: reach };
}
