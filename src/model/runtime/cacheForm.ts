import { Tensor } from 'onnxruntime-node';
import type { ConfigSizes } from '../folder/configSizes.ts';
import type { Tensors } from './kvCache.ts';
import type { GraphSession } from './graphSession.ts';

/** What a layer keeps of a position, the same in all layers: [key-value heads, head size], of keys and of values. */
export interface CacheForm {
  readonly keyValueHeads: number;
  readonly headSize: number;
  readonly elementType: 'float32' | 'float16';
}

type CacheSizes = Pick<ConfigSizes, 'heads' | 'keyValueHeads' | 'headSize'>;

/**
 * As the inputs of a graph state it; config.json is asked only for what they leave open.
 *
 * @returns `undefined` for a graph without a cache, or with one that differs from layer to layer.
 */
export function cacheForm(session: Pick<GraphSession, 'inputs'>, config: CacheSizes): CacheForm | undefined {
  const forms = pastForms(session, config);
  const [first] = forms;
  const isUniform = forms.every((form) => JSON.stringify(form) === JSON.stringify({ ...first, name: form.name }));
  return first && isUniform && first.headSize > 0 ? first : undefined;
}

/** The cache before the first position. */
export function emptyCache(session: Pick<GraphSession, 'inputs'>, config: CacheSizes): Tensors {
  return Object.fromEntries(
    pastForms(session, config).map(({ name, elementType, keyValueHeads, headSize }) => {
      const none = elementType === 'float32' ? new Float32Array() : new Uint16Array();
      return [name, new Tensor(elementType, none as Float32Array, [1, keyValueHeads, 0, headSize])];
    }),
  );
}

function pastForms({ inputs }: Pick<GraphSession, 'inputs'>, config: CacheSizes) {
  return [...inputs.values()]
    .filter(({ name }) => name.startsWith('past_key_values.'))
    .map(({ name, type, shape: [, heads, , size] }) => ({
      name,
      elementType: type === 'float16' ? ('float16' as const) : ('float32' as const),
      keyValueHeads: heads ?? config.keyValueHeads ?? config.heads ?? 0,
      headSize: size ?? config.headSize ?? 0,
    }));
}
