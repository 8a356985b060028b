import { allHeads, type AttentionSource } from './source.ts';

/** One cell in every head: [layers, heads]. */
export function pairValues(source: AttentionSource, query: number, key: number): Float32Array {
  const [rows, columns] = [query, key].map((token) => ({ start: token, end: token + 1 }));
  return Float32Array.from(allHeads(source), (head) => source.region(head, rows!, columns!)[0]!);
}
