/**
 * The matrix W_O that makes one vector of the outputs of all heads, seen as a matrix for each head:
 * W_O = [W_O¹; …; W_Oᴴ], each [value size, width].
 */
export class HeadProjection {
  readonly valueSize: number;
  private readonly width: number;
  private readonly matrix: Float32Array;
  /** For each head W·Wᵀ, [value size, value size]: ‖v·W‖² = v·(W·Wᵀ)·vᵀ costs less than v·W. */
  private readonly products: (Float64Array | undefined)[];

  /**
   * @param matrix [heads × value size, width]; with `isTransposed` the other way round.
   * @param rows heads × value size.
   */
  constructor(
    matrix: Float32Array,
    readonly heads: number,
    rows: number,
    isTransposed: boolean,
  ) {
    this.valueSize = rows / heads;
    this.width = matrix.length / rows;
    this.matrix = isTransposed ? transposed(matrix, this.width, rows) : matrix;
    this.products = new Array<Float64Array | undefined>(heads);
  }

  get bytes(): number {
    return this.matrix.byteLength;
  }

  /** ‖v·W_Oʰ‖₂ of each value vector of a head: values [count, value size] → [count]. */
  norms(head: number, values: Float32Array): Float32Array {
    const size = this.valueSize;
    const product = (this.products[head] ??= this.productOf(head));
    const norms = new Float32Array(values.length / size);
    norms.forEach((_, index) => {
      const value = values.subarray(index * size, (index + 1) * size);
      let sum = 0;
      for (let row = 0; row < size; row++) {
        let inner = 0;
        for (let column = 0; column < size; column++) inner += product[row * size + column]! * value[column]!;
        sum += value[row]! * inner;
      }
      norms[index] = Math.sqrt(Math.max(0, sum));
    });
    return norms;
  }

  private productOf(head: number): Float64Array {
    const { valueSize: size, width } = this;
    const rows = this.matrix.subarray(head * size * width, (head + 1) * size * width);
    const product = new Float64Array(size * size);
    for (let row = 0; row < size; row++) {
      for (let column = 0; column <= row; column++) {
        let sum = 0;
        for (let i = 0; i < width; i++) sum += rows[row * width + i]! * rows[column * width + i]!;
        product[row * size + column] = product[column * size + row] = sum;
      }
    }
    return product;
  }
}

function transposed(matrix: Float32Array, rows: number, columns: number): Float32Array {
  const result = new Float32Array(matrix.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) result[column * rows + row] = matrix[row * columns + column]!;
  }
  return result;
}
