import { Tensor } from 'onnxruntime-node';
import type { CacheBytes, CacheNorms, CacheShape } from '../../protocol/generation.ts';
import type { Half } from '../../protocol/half.ts';
import type { TokenRange } from '../../protocol/run.ts';
import type { CacheNames } from '../graph/cacheNames.ts';
import { asFloat32, numbersOf } from './halfPrecision.ts';

/** Tensors by the names of the graph's inputs or outputs. */
export type Tensors = Readonly<Record<string, Tensor>>;

type Numbers = Float32Array | Half;

/** Keys or values of one layer: [keyValueHeads, capacity, headSize], of which the first positions of each head are used. */
interface Block {
  readonly data: Numbers;
  readonly capacity: number;
  /** The tensor that holds them, where the graph returned one. */
  readonly tensor?: Tensor;
}

/**
 * The keys and values of some positions of a text, in each layer. Without reserved space it takes over the tensors that
 * the graph returns, so that growing copies nothing; with it, new positions are copied into buffers that were allocated
 * once, and the used part is copied out for each pass, because the graph wants it without gaps between the heads.
 */
export class KvCache {
  private blocks: ReadonlyMap<string, Block>;
  private held: readonly number[] = [];
  /** For a text whose length is known: two buffers of each block, of which a pass reads one and writes the other. */
  private pairs: ReadonlyMap<string, readonly [Numbers, Numbers]> | undefined;
  private written = 0;

  /** @param reserved Positions to allocate at once. */
  constructor(
    private readonly shape: CacheShape,
    private readonly names: CacheNames,
    private readonly reserved?: number,
  ) {
    const capacity = reserved ?? 0;
    const size = shape.keyValueHeads * capacity * shape.headSize;
    const inputs = names.past.flatMap(({ key, value }) => [key, value]);
    this.blocks = new Map(inputs.map((name) => [name, { data: this.numbers(size), capacity }]));
  }

  /** Positions held, ascending. */
  get positions(): readonly number[] {
    return this.held;
  }

  get bytes(): CacheBytes {
    const used = this.held.length * this.shape.bytesPerPosition;
    return { used, reserved: this.reserved === undefined ? used : this.reserved * this.shape.bytesPerPosition };
  }

  /** What a pass takes: the held positions with these places, all by default. */
  past(places: readonly TokenRange[] = [{ start: 0, end: this.held.length }]): Tensors {
    const { keyValueHeads, headSize, elementType } = this.shape;
    const length = sizeOf(places);
    const tensors: Record<string, Tensor> = {};
    for (const [name, block] of this.blocks) {
      const isWhole = block.capacity === length;
      const data = isWhole ? block.data : this.gathered(block, places, length);
      const tensor = isWhole ? block.tensor : undefined;
      tensors[name] = tensor ?? new Tensor(elementType, data as Float32Array, [1, keyValueHeads, length, headSize]);
    }
    return tensors;
  }

  /** Has room for so many positions until it is settled, so that passes that grow it allocate nothing. */
  growTo(capacity: number): void {
    const size = this.shape.keyValueHeads * capacity * this.shape.headSize;
    this.pairs = new Map([...this.blocks.keys()].map((name) => [name, [this.numbers(size), this.numbers(size)]]));
  }

  /** Gives up the room that it no longer grows into. */
  settle(): void {
    this.pairs = undefined;
  }

  /** Where a pass over so many positions is to write what it returns, by the names of the graph's outputs. */
  room(count: number): Tensors {
    if (!this.pairs) return {};
    const { keyValueHeads, headSize, elementType } = this.shape;
    const length = this.held.length + count;
    const room: Record<string, Tensor> = {};
    this.names.past.forEach((past, layer) => {
      for (const part of ['key', 'value'] as const) {
        const buffer = this.pairs!.get(past[part])![this.written]!;
        const data = buffer.subarray(0, keyValueHeads * length * headSize) as Float32Array;
        room[this.names.present[layer]![part]] = new Tensor(elementType, data, [1, keyValueHeads, length, headSize]);
      }
    });
    this.written = 1 - this.written;
    return room;
  }

  /** Takes over what a pass returned: the keys and values of all held positions and of the new ones behind them. */
  extend(present: Tensors, positions: readonly number[]): void {
    const before = this.held.length;
    const length = before + positions.length;
    const blocks = new Map<string, Block>();
    this.names.past.forEach((past, layer) => {
      for (const part of ['key', 'value'] as const) {
        const tensor = present[this.names.present[layer]![part]]!;
        const made = { data: numbersOf(tensor), capacity: length, tensor };
        blocks.set(past[part], this.reserved === undefined ? made : this.stored(past[part], made, before));
      }
    });
    this.blocks = blocks;
    this.held = [...this.held, ...positions];
  }

  /**
   * Drops all positions but those with these places, ascending. What is left is copied, so that the rest is freed.
   * With reserved space, only a beginning can be kept: it stays where it is.
   */
  keep(places: readonly TokenRange[]): void {
    if (sizeOf(places) === this.held.length) return;
    const kept = places.flatMap(({ start, end }) => this.held.slice(start, end));
    if (this.reserved === undefined) {
      this.blocks = new Map(
        [...this.blocks].map(([name, block]) => [
          name,
          { data: this.gathered(block, places, kept.length), capacity: kept.length },
        ]),
      );
    }
    this.held = kept;
  }

  /** Keys and values of a layer as they lie in memory: [keyValueHeads, positions, headSize], views where they are float32. */
  vectors(layer: number): { readonly keys: Float32Array; readonly values: Float32Array } {
    const { key, value } = this.names.past[layer]!;
    const numbers = (name: string): Float32Array => asFloat32(this.blocks.get(name)!.data);
    return { keys: numbers(key), values: numbers(value) };
  }

  norms(layer: number): CacheNorms {
    const names = this.names.past[layer];
    if (names === undefined) throw new RangeError(`There is no layer ${layer}.`);
    return { positions: this.held, keys: this.normsOf(names.key), values: this.normsOf(names.value) };
  }

  private normsOf(name: string): Float32Array {
    const { data, capacity } = this.blocks.get(name)!;
    const { keyValueHeads, headSize } = this.shape;
    const norms = new Float32Array(keyValueHeads * this.held.length);
    norms.forEach((_, index) => {
      const head = Math.floor(index / this.held.length);
      const start = (head * capacity + (index % this.held.length)) * headSize;
      norms[index] = Math.hypot(...asFloat32(data.subarray(start, start + headSize)));
    });
    return norms;
  }

  private gathered(block: Block, places: readonly TokenRange[], length: number): Numbers {
    const into = { data: this.numbers(this.shape.keyValueHeads * length * this.shape.headSize), capacity: length };
    let at = 0;
    for (const { start, end } of places) {
      this.copy(block, { start, end }, into, at);
      at += end - start;
    }
    return into.data;
  }

  private stored(name: string, made: Block, before: number): Block {
    const block = this.blocks.get(name)!;
    this.copy(made, { start: before, end: made.capacity }, block, before);
    return block;
  }

  private copy(from: Block, { start, end }: TokenRange, into: Block, at: number): void {
    const { keyValueHeads, headSize } = this.shape;
    for (let head = 0; head < keyValueHeads; head++) {
      const first = head * from.capacity;
      const part = from.data.subarray((first + start) * headSize, (first + end) * headSize);
      into.data.set(part, (head * into.capacity + at) * headSize);
    }
  }

  private numbers(size: number): Numbers {
    return this.shape.elementType === 'float32' ? new Float32Array(size) : new Uint16Array(size);
  }
}

/** Positions in some ranges of them. */
export function sizeOf(ranges: readonly TokenRange[]): number {
  return ranges.reduce((sum, { start, end }) => sum + end - start, 0);
}
