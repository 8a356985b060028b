/**
 * Which tokens get a label when cells are narrower than a line of text: the starts of lines first, then whatever fits.
 * Depends on the cell size alone, so labels stay with their tokens while the matrix moves.
 *
 * @param distance least distance between two labels, in the unit of `cell`
 */
export function thinned(tokens: number, cell: number, distance: number, first: ReadonlySet<number>): readonly number[] {
  const step = Math.ceil(distance / cell);
  if (step <= 1) return Array.from({ length: tokens }, (_, token) => token);
  const taken = new Uint8Array(tokens);
  const take = (token: number): void => {
    for (let near = Math.max(0, token - step + 1); near <= Math.min(tokens - 1, token + step - 1); near++) {
      if (taken[near]) return;
    }
    taken[token] = 1;
  };
  for (const token of [0, ...first, tokens - 1]) take(token);
  for (let token = 0; token < tokens; token++) take(token);
  return [...taken.keys()].filter((token) => taken[token]);
}

/** The starts of lines that have room for a label; like `thinned` by the cell size alone. Ascending. */
export function spacedStarts(starts: readonly number[], cell: number, distance: number): readonly number[] {
  let last = -Infinity;
  return starts.filter((token) => {
    if ((token - last) * cell < distance) return false;
    last = token;
    return true;
  });
}

/** Shortens a text to a width by an ellipsis. */
export function shortened(text: string, width: number, measure: (text: string) => number): string {
  if (measure(text) <= width) return text;
  const characters = Array.from(new Intl.Segmenter().segment(text), ({ segment }) => segment);
  let low = 0;
  let high = characters.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (measure(`${characters.slice(0, middle).join('')}…`) <= width) low = middle;
    else high = middle - 1;
  }
  return `${characters.slice(0, low).join('')}…`;
}
