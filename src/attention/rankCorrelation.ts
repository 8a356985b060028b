/**
 * Spearman's rank correlation: Pearson's of the ranks, equal values sharing the mean of their ranks.
 *
 * @returns between −1 (opposite order) and 1 (same order); `undefined` where one side has fewer than two different values
 */
export function rankCorrelation(a: ArrayLike<number>, b: ArrayLike<number>): number | undefined {
  const [ranksA, ranksB] = [ranksOf(a), ranksOf(b)];
  const middle = (a.length + 1) / 2;
  let [product, squaresA, squaresB] = [0, 0, 0];
  for (let index = 0; index < a.length; index++) {
    const [left, right] = [ranksA[index]! - middle, ranksB[index]! - middle];
    product += left * right;
    squaresA += left * left;
    squaresB += right * right;
  }
  return squaresA === 0 || squaresB === 0 ? undefined : product / Math.sqrt(squaresA * squaresB);
}

/** Ranks from 1 for the smallest; equal values get the mean of the places that they fill. */
export function ranksOf(values: ArrayLike<number>): Float64Array {
  const order = Array.from({ length: values.length }, (_, index) => index).sort((i, j) => values[i]! - values[j]!);
  const ranks = new Float64Array(values.length);
  for (let start = 0; start < order.length;) {
    let end = start + 1;
    while (end < order.length && values[order[end]!] === values[order[start]!]) end++;
    for (let place = start; place < end; place++) ranks[order[place]!] = (start + 1 + end) / 2;
    start = end;
  }
  return ranks;
}
