import type { Tensor } from 'onnxruntime-node';
import { type AttentionPiece, PiecewiseAttention } from '../../attention/source.ts';
import type { TokenRange } from '../../protocol/run.ts';
import type { Reduced } from '../graph/longContextPart.ts';
import type { Tensors } from '../runtime/kvCache.ts';
import type { BlockGrid } from './textMap.ts';

/** Collects what passes leave of the matrices of one kind. */
export class GridBuilder {
  private readonly maxima: AttentionPiece[] = [];
  private readonly sums: AttentionPiece[] = [];
  private readonly peaks: { withoutFirstRow: number; withoutFirstColumn: number }[] = [];

  /**
   * @param reduced names of the outputs, for each layer those of `heads` matrices
   * @param block tokens on each side of a block
   */
  constructor(
    private readonly reduced: readonly Reduced[],
    private readonly heads: number,
    private readonly block: number,
  ) {}

  /** @returns the maxima that were added */
  add(outputs: Tensors, rows: TokenRange): AttentionPiece {
    const of = { start: rows.start / this.block, end: Math.ceil(rows.end / this.block) };
    // Passes are filled up to the blocks of heads, which may be larger than these: what is behind the text goes.
    const piece = (names: readonly string[]): AttentionPiece => {
      const layers = names.map((name) => trimmed(outputs[name]!, of.end - of.start, of.end));
      return { rows: of, keys: of.end, layers };
    };
    const maxima = piece(this.reduced.map((one) => one.maxima));
    this.maxima.push(maxima);
    if (this.block > 1) this.sums.push(piece(this.reduced.map(({ sums }) => sums)));
    this.raisePeaks(outputs, rows);
    return maxima;
  }

  finish(): BlockGrid {
    const maxima = new PiecewiseAttention(this.maxima, this.heads);
    const sums = this.block === 1 ? maxima : new PiecewiseAttention(this.sums, this.heads);
    return { block: this.block, maxima, sums, peaks: this.peaks };
  }

  private raisePeaks(outputs: Tensors, rows: TokenRange): void {
    this.reduced.forEach(({ first, later }, layer) => {
      const [firsts, laters] = [floatsOf(outputs[first]!), floatsOf(outputs[later]!)];
      const size = firsts.length / this.heads;
      for (let head = 0; head < this.heads; head++) {
        const peak = (this.peaks[layer * this.heads + head] ??= { withoutFirstRow: 0, withoutFirstColumn: 0 });
        for (let row = 0; row < rows.end - rows.start; row++) {
          const [onFirst, onLater] = [firsts[head * size + row]!, laters[head * size + row]!];
          peak.withoutFirstColumn = Math.max(peak.withoutFirstColumn, onLater);
          if (rows.start + row > 0) peak.withoutFirstRow = Math.max(peak.withoutFirstRow, onFirst, onLater);
        }
      }
    });
  }
}

/** A tensor [heads, rows, keys] without the rows and keys that are too many. */
function trimmed(tensor: Tensor, rows: number, keys: number): Float32Array {
  const [heads, allRows, allKeys] = tensor.dims as readonly [number, number, number];
  const all = floatsOf(tensor);
  if (allRows === rows && allKeys === keys) return all;
  const kept = new Float32Array(heads * rows * keys);
  for (let head = 0; head < heads; head++) {
    for (let row = 0; row < rows; row++) {
      const from = (head * allRows + row) * allKeys;
      kept.set(all.subarray(from, from + keys), (head * rows + row) * keys);
    }
  }
  return kept;
}

function floatsOf(tensor: Tensor): Float32Array {
  return tensor.data as Float32Array;
}
