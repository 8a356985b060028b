import { type AttentionPiece, PiecewiseAttention } from '../../attention/source.ts';
import type { TokenRange } from '../../protocol/run.ts';
import type { Reduced } from '../graph/longContextPart.ts';
import type { BlockGrid } from './textMap.ts';

/** Collects what passes leave of the matrices of one kind. */
export class GridBuilder {
  private readonly maxima: AttentionPiece[] = [];
  private readonly sums: AttentionPiece[] = [];
  private readonly peaks: { withoutFirstRow: number; withoutFirstColumn: number }[] = [];

  /**
   * @param heads matrices of a layer
   * @param block tokens on each side of a block
   */
  constructor(
    private readonly heads: number,
    private readonly block: number,
  ) {}

  /**
   * @param layers what a pass left of each layer's matrices
   * @param filled queries of the pass, with those that fill up its last block
   * @returns the maxima that were added
   */
  add(layers: readonly Reduced<Float32Array>[], rows: TokenRange, filled: number): AttentionPiece {
    const of = { start: rows.start / this.block, end: Math.ceil(rows.end / this.block) };
    const all = { rows: filled / this.block, keys: (rows.start + filled) / this.block };
    // Passes are filled up to the blocks of heads, which may be larger than these: what is behind the text goes.
    const piece = (numbers: readonly Float32Array[]): AttentionPiece => {
      const layers = numbers.map((layer) => trimmed(layer, all, { rows: of.end - of.start, keys: of.end }));
      return { rows: of, keys: of.end, layers };
    };
    const maxima = piece(layers.map((layer) => layer.maxima));
    this.maxima.push(maxima);
    if (this.block > 1) this.sums.push(piece(layers.map(({ sums }) => sums)));
    layers.forEach((layer, place) => this.raisePeaks(layer, place, rows));
    return maxima;
  }

  finish(): BlockGrid {
    const maxima = new PiecewiseAttention(this.maxima, this.heads);
    const sums = this.block === 1 ? maxima : new PiecewiseAttention(this.sums, this.heads);
    return { block: this.block, maxima, sums, peaks: this.peaks };
  }

  private raisePeaks({ first, later }: Reduced<Float32Array>, layer: number, rows: TokenRange): void {
    const size = first.length / this.heads;
    for (let head = 0; head < this.heads; head++) {
      const peak = (this.peaks[layer * this.heads + head] ??= { withoutFirstRow: 0, withoutFirstColumn: 0 });
      for (let row = 0; row < rows.end - rows.start; row++) {
        const [onFirst, onLater] = [first[head * size + row]!, later[head * size + row]!];
        peak.withoutFirstColumn = Math.max(peak.withoutFirstColumn, onLater);
        if (rows.start + row > 0) peak.withoutFirstRow = Math.max(peak.withoutFirstRow, onFirst, onLater);
      }
    }
  }
}

interface Sides {
  readonly rows: number;
  readonly keys: number;
}

/** A copy of matrices [heads, rows, keys] without the rows and keys that are too many: a pass holds more than them. */
function trimmed(numbers: Float32Array, all: Sides, { rows, keys }: Sides): Float32Array {
  const heads = numbers.length / (all.rows * all.keys);
  const kept = new Float32Array(heads * rows * keys);
  for (let head = 0; head < heads; head++) {
    for (let row = 0; row < rows; row++) {
      const from = (head * all.rows + row) * all.keys;
      kept.set(numbers.subarray(from, from + keys), (head * rows + row) * keys);
    }
  }
  return kept;
}
