export type Part = 'heads' | 'stage' | 'text' | 'reading';

/** The parts in the order in which they are seen, from the top and the left: widths as in `layout.css`. */
const arrangements: readonly { readonly media: string; readonly parts: readonly Part[] }[] = [
  { media: '(max-width: 799px)', parts: ['text', 'stage', 'reading', 'heads'] },
  { media: '(max-width: 1179px)', parts: ['stage', 'heads', 'reading', 'text'] },
  { media: 'all', parts: ['heads', 'stage', 'text', 'reading'] },
];

/** How the parts are arranged at the page's width. */
export function arrangement(): readonly Part[] {
  return arrangements.find(({ media }) => matchMedia(media).matches)!.parts;
}

/** Calls back when the width comes to another arrangement. */
export function onRearranged(callback: () => void): () => void {
  const queries = arrangements.map(({ media }) => matchMedia(media));
  queries.forEach((query) => query.addEventListener('change', callback));
  return () => queries.forEach((query) => query.removeEventListener('change', callback));
}
