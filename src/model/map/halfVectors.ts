import { Float16Array } from '@petamoriken/float16';
import { nextTurn } from '../graphSession.ts';
import type { LayerVectors, TextMap } from './textMap.ts';

/** The map with its queries and keys in half precision: their half of the bytes is free once the other map is. */
export async function withHalfVectors(map: TextMap, signal: AbortSignal): Promise<TextMap<Uint16Array>> {
  const layers: LayerVectors<Uint16Array>[] = [];
  for (const layer of map.layers) {
    await nextTurn(signal);
    layers.push({ ...layer, queries: halves(layer.queries), keys: halves(layer.keys) });
  }
  return { ...map, layers };
}

function halves(numbers: Float32Array): Uint16Array {
  return new Uint16Array(new Float16Array(numbers).buffer);
}
