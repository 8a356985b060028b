/** Levels of heat that an editor can show; level 0 is no heat. */
export const HEAT_LEVELS = 6;

/**
 * Heat level (0 … HEAT_LEVELS) of every weight, linear in the weight. The scale ends at the largest weight apart from
 * that on `sink`, which most heads give far more than it means; the sink itself is clamped to the scale.
 *
 * @param weights [tokens]
 * @param sink index of the token that does not set the scale
 */
export function heatLevels(weights: Float32Array, sink: number): Uint8Array {
  let largest = 0;
  weights.forEach((weight, token) => {
    if (token !== sink && weight > largest) largest = weight;
  });
  if (largest === 0) largest = weights[sink] ?? 0;
  const levels = new Uint8Array(weights.length);
  if (!(largest > 0)) return levels;
  weights.forEach((weight, token) => {
    levels[token] = Math.round(HEAT_LEVELS * Math.min(1, weight / largest));
  });
  return levels;
}
