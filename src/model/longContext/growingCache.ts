import { Tensor } from 'onnxruntime-node';
import type { CacheShape } from '../../protocol/generation.ts';
import type { Tensors } from '../runtime/kvCache.ts';
import type { CachedLayer } from '../graph/mapGraph.ts';

/**
 * Keys and values of a text that grows to a known length, in buffers that are allocated once: [key-value heads,
 * positions, head size] without gaps, as a pass takes them. Growing moves the heads apart in place.
 */
export class GrowingCache {
  private readonly buffers: ReadonlyMap<string, Float32Array>;
  private length = 0;

  constructor(
    private readonly layers: readonly CachedLayer[],
    private readonly shape: Pick<CacheShape, 'keyValueHeads' | 'headSize'>,
    capacity: number,
  ) {
    const size = shape.keyValueHeads * capacity * shape.headSize;
    const names = layers.flatMap(({ past }) => [past.key, past.value]);
    this.buffers = new Map(names.map((name) => [name, new Float32Array(size)]));
  }

  get positions(): number {
    return this.length;
  }

  /** What the next pass takes. It may not be grown until that is done. */
  past(): Tensors {
    const { keyValueHeads, headSize } = this.shape;
    const dims = [1, keyValueHeads, this.length, headSize];
    return Object.fromEntries(
      [...this.buffers.keys()].map((name) => [name, new Tensor('float32', this.numbers(name), dims)]),
    );
  }

  extend(outputs: Tensors, positions: number): void {
    for (const { past, added } of this.layers) {
      for (const part of ['key', 'value'] as const)
        this.grow(past[part], outputs[added[part]]!.data as Float32Array, positions);
    }
    this.length += positions;
  }

  /** The used part of a buffer. */
  numbers(name: string): Float32Array {
    const { keyValueHeads, headSize } = this.shape;
    return this.buffers.get(name)!.subarray(0, keyValueHeads * this.length * headSize);
  }

  private grow(name: string, added: Float32Array, positions: number): void {
    const { keyValueHeads, headSize } = this.shape;
    const buffer = this.buffers.get(name)!;
    const [before, more] = [this.length * headSize, positions * headSize];
    // From the last head on: none is written over before it has moved.
    for (let head = keyValueHeads - 1; head >= 0; head--) {
      const to = head * (before + more);
      buffer.copyWithin(to, head * before, (head + 1) * before);
      buffer.set(added.subarray(head * more, (head + 1) * more), to + before);
    }
  }
}
