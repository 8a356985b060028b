import { type Half, toHalves } from '../../protocol/half.ts';
import { nextTurn } from '../runtime/turns.ts';
import type { LayerVectors, TextMap } from './textMap.ts';

/** The map with its queries and keys in half precision: their half of the bytes is free once the other map is. */
export async function withHalfVectors(map: TextMap, signal: AbortSignal): Promise<TextMap<Half>> {
  const layers: LayerVectors<Half>[] = [];
  for (const layer of map.layers) {
    await nextTurn(signal);
    layers.push({ ...layer, queries: toHalves(layer.queries), keys: toHalves(layer.keys) });
  }
  return { ...map, layers, cache: undefined };
}
