export interface Point {
  readonly x: number;
  readonly y: number;
}

/** y = factor · x^exponent */
export interface PowerLaw {
  readonly exponent: number;
  readonly factor: number;
}

/**
 * The power law nearest to some points: least squares of log y over log x.
 *
 * @param points with x and y above 0; at least two different x
 */
export function fittedPowerLaw(points: readonly Point[]): PowerLaw {
  const logs = points.map(({ x, y }) => ({ x: Math.log(x), y: Math.log(y) }));
  const mean = { x: average(logs.map(({ x }) => x)), y: average(logs.map(({ y }) => y)) };
  const spread = logs.reduce((sum, { x }) => sum + (x - mean.x) ** 2, 0);
  const exponent = logs.reduce((sum, { x, y }) => sum + (x - mean.x) * (y - mean.y), 0) / spread;
  return { exponent, factor: Math.exp(mean.y - exponent * mean.x) };
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
