import type { GraphRow } from './textMap.ts';

/**
 * How many keys the queries of a layer see, as the graph's own rows show it: the distance to the first key that any head
 * looks at, where that is the same in all rows that are long enough. `undefined` where all keys are seen.
 */
export function windowOf(rows: readonly GraphRow[], layer: number, heads: number): number | undefined {
  const seen = rows.map(({ query, layers }) => {
    const weights = layers[layer]!;
    let first = query;
    for (let head = 0; head < heads; head++) {
      const row = weights.subarray(head * (query + 1), (head + 1) * (query + 1));
      const found = row.findIndex((weight) => weight > 0);
      if (found >= 0) first = Math.min(first, found);
    }
    return { keys: query + 1 - first, isWhole: first === 0 };
  });
  const cut = seen.filter(({ isWhole }) => !isWhole);
  return cut.length === 0 ? undefined : Math.max(...cut.map(({ keys }) => keys));
}
