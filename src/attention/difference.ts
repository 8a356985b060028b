type Numbers = Float32Array | Float64Array;

/** Total variation distance ½ Σ |a − b| of two distributions: 0 for the same, 1 for nothing in common. */
export function totalVariation(a: Numbers, b: Numbers): number {
  let sum = 0;
  for (let index = 0; index < a.length; index++) sum += Math.abs(a[index]! - b[index]!);
  return sum / 2;
}

/** ‖a − b‖₂ / ‖b‖₂: how far a vector lies from `b`, in lengths of `b`. */
export function relativeDistance(a: Numbers, b: Numbers): number {
  let [difference, length] = [0, 0];
  for (let index = 0; index < a.length; index++) {
    difference += (a[index]! - b[index]!) ** 2;
    length += b[index]! ** 2;
  }
  return difference === 0 ? 0 : Math.sqrt(difference / length);
}

/** The largest |a − b|, NaN where one of them is; the same infinity on both sides is no difference. */
export function largestDifference(a: Numbers, b: Numbers): number {
  let largest = 0;
  for (let index = 0; index < a.length; index++) {
    if (a[index] !== b[index]) largest = Math.max(largest, Math.abs(a[index]! - b[index]!));
  }
  return largest;
}
