/** Names of keys and values in a graph. */
export interface CacheNames {
  /** Names of the graph's inputs for each layer. */
  readonly past: readonly { readonly key: string; readonly value: string }[];
  /** Names of the graph's outputs for each layer. */
  readonly present: readonly { readonly key: string; readonly value: string }[];
}

/** Names of what a graph takes and returns of a KV cache, layer by layer. */
export function cacheNames(inputs: readonly string[], outputs: readonly string[]): CacheNames {
  return { past: layersOf(inputs, 'past_key_values'), present: layersOf(outputs, 'present') };
}

function layersOf(names: readonly string[], prefix: string): CacheNames['past'] {
  const keys = names.filter((name) => name.startsWith(`${prefix}.`) && name.endsWith('.key'));
  const layer = (name: string): number => Number(name.split('.')[1]);
  return keys
    .sort((a, b) => layer(a) - layer(b))
    .map((key) => ({ key, value: key.replace(/key$/, 'value') }))
    .filter(({ value }) => names.includes(value));
}
