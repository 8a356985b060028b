import { selfCheckFailure } from '../runtime/runtimeFailures.ts';
import type { Scalar } from '../graph/layerFacts.ts';

/** Which part of a pass is looked at. */
interface Place {
  readonly heads: number;
  /** Positions in the pass. */
  readonly rows: number;
  /** Place of the position in the pass. */
  readonly row: number;
  /** Keys in the tensors. */
  readonly keys: number;
  /** Keys that the position may see: the first so many. */
  readonly visible: number;
}

/** Tensors that a pass returned, read at one of its positions. */
export class PositionTensors {
  constructor(
    private readonly tensors: ReadonlyMap<string, Float32Array>,
    private readonly place: Place,
  ) {}

  /** Keys that the position may see. */
  get visible(): number {
    return this.place.visible;
  }

  /** The position's row in a tensor [heads, positions, size] of one head: [size], a view. */
  row(tensor: string, head: number): Float32Array {
    const { heads, rows, row } = this.place;
    const data = this.get(tensor);
    const size = wholeNumber(data.length / (heads * rows), tensor);
    const start = (head * rows + row) * size;
    return data.subarray(start, start + size);
  }

  /** The position's row over the keys it may see, of a tensor [heads, positions, keys]: [visible], a view. */
  keyRow(tensor: string, head: number): Float32Array {
    return this.row(tensor, head).subarray(0, this.place.visible);
  }

  /** The position's row in a tensor [positions, size]: [size], a view. */
  vector(tensor: string): Float32Array {
    const { rows, row } = this.place;
    const data = this.get(tensor);
    const size = wholeNumber(data.length / rows, tensor);
    return data.subarray(row * size, (row + 1) * size);
  }

  /** Vectors of the visible keys, from a tensor [heads that hold them, keys, size]: [visible, size], a view. */
  keyVectors(tensor: string, head: number, size: number): Float32Array {
    return this.held(tensor, head, size).subarray(0, this.place.visible * size);
  }

  /** The same from a tensor [heads that hold them, size, keys]: [visible, size]. */
  transposedKeyVectors(tensor: string, head: number, size: number): Float32Array {
    const { keys, visible } = this.place;
    const held = this.held(tensor, head, size);
    const vectors = new Float32Array(visible * size);
    for (let key = 0; key < visible; key++) {
      for (let dimension = 0; dimension < size; dimension++) {
        vectors[key * size + dimension] = held[dimension * keys + key]!;
      }
    }
    return vectors;
  }

  /** The product of some scalars of the graph. */
  product(scalars: readonly Scalar[]): number {
    return scalars.reduce((product, { tensor, divides }) => {
      const data = this.get(tensor);
      if (data.length !== 1) throw selfCheckFailure(`the scale “${tensor}” is not one number.`);
      return divides ? product / data[0]! : product * data[0]!;
    }, 1);
  }

  /** What a head reads of a tensor in which several heads may share keys or values. */
  private held(tensor: string, head: number, size: number): Float32Array {
    const { heads, keys } = this.place;
    const data = this.get(tensor);
    const holders = wholeNumber(data.length / (keys * size), tensor);
    const holder = Math.floor(head / (heads / holders));
    return data.subarray(holder * keys * size, (holder + 1) * keys * size);
  }

  private get(tensor: string): Float32Array {
    const data = this.tensors.get(tensor);
    if (data) return data;
    throw new RangeError(`“${tensor}” was not asked for.`);
  }
}

function wholeNumber(size: number, tensor: string): number {
  if (Number.isInteger(size) && size > 0) return size;
  throw selfCheckFailure(`“${tensor}” has another size than the heads, positions and keys of its layer.`);
}
